"""What a feed remembers, and the tokens that its verifiers accept."""

import json
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from tigertally.core.identifiers import new_id
from tigertally.core.jwks import fingerprint, public_jwk
from tigertally.core.jws import Signer, token_header
from tigertally.core.keys import ACCESS_TYP
from tigertally.core.services import ServiceKey
from tigertally.secret import Secret

PAGE = 5_000
ACCESS_TTL = 900

Entry = list[Any]


class History:
    """The entries of one database, one signing key, one service."""

    def __init__(self) -> None:
        private = ed25519.Ed25519PrivateKey.generate()
        self.jwk: dict[str, str] = public_jwk("EdDSA", private.public_key())
        self._signer = Signer(private, token_header("EdDSA", self.jwk["kid"], ACCESS_TYP))
        self.key: ServiceKey = ServiceKey(new_id(), Secret(new_id() + new_id()))
        self.begin()

    def begin(self) -> None:
        """Forget all, as a restored backup does: another feed, from its beginning."""
        self.feed: str = secrets.token_hex(8)
        self.entries: list[Entry] = []

    def end(self, session_id: str, reason: str = "logged_out") -> None:
        """End a session."""
        forget_at = int(time.time()) + ACCESS_TTL + 600
        self.entries.append([len(self.entries) + 1, "s", session_id, reason, forget_at])

    def fill(self, count: int) -> None:
        """End so many sessions of nobody."""
        forget_at, first = int(time.time()) + ACCESS_TTL + 600, len(self.entries) + 1
        self.entries += [
            [position, "s", f"{position:026}", "kicked", forget_at]
            for position in range(first, first + count)
        ]

    def token(self, issuer: str, *, user_id: str, session_id: str) -> str:
        """Return an access token."""
        now = int(time.time())
        return self._signer.sign(
            {
                "iss": issuer,
                "sub": user_id,
                "aud": issuer,
                "exp": now + ACCESS_TTL,
                "iat": now,
                "nbf": now,
                "jti": new_id(),
                "sid": session_id,
                "gen": 1,
                "type": "access",
                "fresh": False,
                "proof": 0,
                "roles": ["reader"],
            }
        )

    def key_set(self) -> bytes:
        """Return the public key."""
        return json.dumps({"keys": [self.jwk]}).encode()

    def page(self, after: int, entries: list[Entry]) -> bytes:
        """Return an answer with the entries behind a position."""
        page = [entry for entry in entries[after : after + PAGE] if entry[0] > after]
        head = len(self.entries)
        content = {
            "feed": self.feed,
            "head": head,
            "now": time.time(),
            "more": bool(page) and page[-1][0] < head and len(page) == PAGE,
            "keys": fingerprint({"keys": [self.jwk]}),
            "silence": 0.25,
            "access_ttl": ACCESS_TTL,
            "entries": page,
        }
        return json.dumps(content).encode()
