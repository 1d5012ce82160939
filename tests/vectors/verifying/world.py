"""A service as a verifier sees it: keys made of a phrase, tokens, answers and their proofs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tigertally.core.jwks import fingerprint, public_jwk
from tigertally.core.jws import Signer, base64url, token_header
from tigertally.core.keys import ACCESS_TYP
from tigertally.core.services import ServiceKey

URL: Final = "https://id.example.com"
SERVICE_KEY: Final = f"svc_{'vectors' * 3}aaaaa_{'ofthetestkit' * 4}abcd"
BEGAN_AT: Final = 1_795_693_660
"""The service's time when a case begins, in Unix seconds."""

TTL: Final = 900
FEED: Final = "k3f9"

KEY: Final = ServiceKey.read(SERVICE_KEY)

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def session(name: str) -> str:
    """Return an id like ours that a person can read."""
    return f"{name}{'a' * 26}"[:26]


def _seed(phrase: str) -> bytes:
    return hashlib.sha256(f"tigertally vectors: {phrase}".encode()).digest()


class SteadySigner:
    """Signs with ES256, and always alike: the files must not change by themselves."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, header: str) -> None:
        self._secret = key.private_numbers().private_value
        self._header = header

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return the token."""
        payload = base64url(json.dumps(claims, separators=(",", ":")).encode())
        message = f"{self._header}.{payload}"
        digest = hashlib.sha256(message.encode()).digest()
        k = int.from_bytes(hashlib.sha256(b"k" + digest).digest()) % _ORDER
        r = ec.derive_private_key(k, ec.SECP256R1()).public_key().public_numbers().x % _ORDER
        s = pow(k, -1, _ORDER) * (int.from_bytes(digest) + r * self._secret) % _ORDER
        return f"{message}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key of the service."""

    jwk: Mapping[str, str]
    signer: Any

    @property
    def header(self) -> str:
        """The first segment of its tokens."""
        return token_header(self.jwk["alg"], self.jwk["kid"], ACCESS_TYP)


@cache
def eddsa(phrase: str = "first") -> Key:
    """Return an Ed25519 key."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(_seed(phrase))
    jwk = public_jwk("EdDSA", private.public_key())
    return Key(jwk, Signer(private, token_header("EdDSA", jwk["kid"], ACCESS_TYP)))


@cache
def es256(phrase: str = "curve") -> Key:
    """Return a P-256 key."""
    number = int.from_bytes(_seed(phrase)) % _ORDER
    private = ec.derive_private_key(number, ec.SECP256R1())
    jwk = public_jwk("ES256", private.public_key())
    return Key(jwk, SteadySigner(private, token_header("ES256", jwk["kid"], ACCESS_TYP)))


def claims(who: str = "alice", **others: object) -> dict[str, object]:
    """Return the claims of an access token that was issued a minute before the case begins."""
    issued_at = BEGAN_AT - 60
    return {
        "iss": URL,
        "sub": f"user-{who}",
        "aud": URL,
        "exp": issued_at + TTL,
        "iat": issued_at,
        "nbf": issued_at,
        "jti": session(f"token{who}"),
        "sid": session(who),
        "gen": 1,
        "type": "access",
        "fresh": False,
        "proof": 0,
        "roles": ["reader"],
        **others,
    }


def token(who: str = "alice", key: Key | None = None, **others: object) -> str:
    """Return an access token; claims that are ``None`` are left out."""
    content = {name: value for name, value in claims(who, **others).items() if value is not None}
    return str((key or eddsa()).signer.sign(content))


def key_set(*keys: Key) -> dict[str, object]:
    """Return a JWK set."""
    return {"keys": [dict(key.jwk) for key in keys or (eddsa(),)]}


def number(*keys: Key) -> int:
    """Return how the feed names a key set."""
    return fingerprint(key_set(*keys))


def text(content: object) -> str:
    """Return JSON as the service writes it."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n"


def prove(nonce: str, body: str) -> str:
    """Return the proof of an answer."""
    assert KEY is not None
    return KEY.prove(nonce, body.encode())
