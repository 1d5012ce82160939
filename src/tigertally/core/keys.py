"""The keys that access tokens are signed with, and their life: next → current → retired.

The *next* key is published before it signs, so that services which cache our JWKS know it already
when it becomes current. A *retired* one still verifies what it signed. Private halves are stored
sealed under the master secret (AES-256-GCM, the key id as associated data): a database dump alone
cannot sign.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from tigertally.core.identifiers import new_id
from tigertally.errors import SetupError
from tigertally.secret import Seal, Secret

ACCESS_TYP: Final = "at+jwt"
"""Header ``typ`` of access tokens (RFC 9068 §2.1)."""

_SEAL: Final = "key-seal/v1"

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


class Algorithm(StrEnum):
    """How access tokens are signed (RFC 7518 §3.1, RFC 8037)."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    RS256 = "RS256"
    HS256 = "HS256"
    """Symmetric: fast, but only services that hold the secret can verify."""


_SYMMETRIC: Final = "hs-"
"""How ids of HS256 keys begin. Those of pairs are thumbprints."""

_KINDS: Final[Mapping[Algorithm, type]] = {
    Algorithm.ES256: ec.EllipticCurvePrivateKey,
    Algorithm.EDDSA: ed25519.Ed25519PrivateKey,
    Algorithm.RS256: rsa.RSAPrivateKey,
}


class KeyState(StrEnum):
    """Where in its life a key is."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key as it is stored: nothing in it can sign without the master secret."""

    kid: str
    algorithm: Algorithm
    state: KeyState
    public_jwk: Mapping[str, str] | None
    """RFC 7517; none for HS256, whose key is never published. For people who look at the table
    only: whoever can write a row could write any key here, so it is never believed."""
    sealed: bytes = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key that checks tokens whose header is, letter by letter, the one we write."""

    kid: str
    algorithm: Algorithm
    key: PublicKey | bytes = field(repr=False)


def generate_key(
    algorithm: Algorithm, *, master: Secret, state: KeyState, now: datetime
) -> KeyRecord:
    """Make a new key, sealed under the master secret."""
    if algorithm is Algorithm.HS256:
        kid = f"{_SYMMETRIC}{new_id()}"
        return KeyRecord(
            kid=kid,
            algorithm=algorithm,
            state=state,
            public_jwk=None,
            sealed=_seal(master, kid, secrets.token_bytes(32)),
            created_at=now,
        )
    private, jwk = _generate_pair(algorithm)
    return KeyRecord(
        kid=jwk["kid"],
        algorithm=algorithm,
        state=state,
        public_jwk=jwk,
        sealed=_seal(
            master,
            jwk["kid"],
            private.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        ),
        created_at=now,
    )


def _generate_pair(algorithm: Algorithm) -> tuple[PrivateKey, Mapping[str, str]]:
    while True:
        private = _generate_private(algorithm)
        jwk = _public_jwk(algorithm, private.public_key())
        # Commands are given key ids, and would take one that begins with a dash for an option.
        if not jwk["kid"].startswith("-"):
            return private, jwk


class KeyRing:
    """All keys at one moment, opened; it does not change: a rotation makes another ring.

    Only what the master secret opens is a key of ours, and its public half is made from it: a row
    that somebody wrote into the table verifies nothing and is published nowhere. ``unopened``
    names such rows. Raises SetupError where no key is current, or the master secret does not open
    that one; ``previous`` is accepted as well while it is being exchanged.
    """

    def __init__(
        self, records: Iterable[KeyRecord], *, master: Secret, previous: Secret | None = None
    ) -> None:
        masters = (master, previous) if previous else (master,)
        self._records = tuple(records)
        current = [record for record in self._records if record.state is KeyState.CURRENT]
        if len(current) != 1:
            raise SetupError(
                f"{len(current)} signing keys are current; there must be exactly one",
                remedy="run `tigertally keys rotate`",
            )
        self.current = current[0]
        self._signing_key = _unsealed(masters, self.current)
        opened = {record.kid: _opened(masters, record) for record in self._records}
        self.unopened = tuple(kid for kid, key in opened.items() if key is None)
        self._verifying = [
            VerifyingKey(record.kid, record.algorithm, _verifying_half(key))
            for record in self._records
            if (key := opened[record.kid]) is not None
        ]
        self._by_header = {
            token_header(key.algorithm, key.kid, ACCESS_TYP): key for key in self._verifying
        }

    def verifying_key(self, header: str) -> VerifyingKey | None:
        """Return the key for the first segment of a token, or none.

        The header is compared, never parsed: no ``alg``, ``jwk``, ``jku`` or ``x5u`` of a
        stranger is ever looked at (RFC 8725 §3.1, §3.5).
        """
        return self._by_header.get(header)

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return an access token (JWS compact serialization, RFC 7515) under the current key."""
        return jwt.encode(
            dict(claims),
            self._signing_key,
            algorithm=self.current.algorithm,
            headers={"kid": self.current.kid, "typ": ACCESS_TYP},
        )

    @cached_property
    def jwks(self) -> Mapping[str, object]:
        """The public halves (JWK Set, RFC 7517 §5), the next key among them."""
        return {
            "keys": [
                _public_jwk(key.algorithm, key.key)
                for key in self._verifying
                if not isinstance(key.key, bytes)
            ]
        }


def token_header(algorithm: str, kid: str, typ: str) -> str:
    """Return the one spelling of a token's first segment that we write, and hence accept."""
    header = json.dumps({"alg": algorithm, "kid": kid, "typ": typ}, separators=(",", ":"))
    return base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")


def _generate_private(algorithm: Algorithm) -> PrivateKey:
    match algorithm:
        case Algorithm.ES256:
            return ec.generate_private_key(ec.SECP256R1())
        case Algorithm.EDDSA:
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _public_jwk(algorithm: Algorithm, public: PublicKey) -> dict[str, str]:
    bare = json.loads(get_default_algorithms()[algorithm].to_jwk(public))
    required = {
        "EC": ("crv", "kty", "x", "y"),
        "OKP": ("crv", "kty", "x"),
        "RSA": ("e", "kty", "n"),
    }
    jwk = {name: str(bare[name]) for name in required[bare["kty"]]}
    return {**jwk, "alg": algorithm.value, "use": "sig", "kid": _thumbprint(jwk)}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the JWK thumbprint (RFC 7638) of required members in lexical order."""
    canonical = json.dumps(dict(sorted(jwk.items())), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode().rstrip("=")


def _seal(master: Secret, kid: str, private: bytes) -> bytes:
    return Seal(master, _SEAL).close(private, name=kid)


def resealed(record: KeyRecord, *, master: Secret, previous: Secret | None) -> KeyRecord | None:
    """Return a key sealed under the master secret; none where it is already, or does not open."""
    if previous is None or _open(master, record) is not None:
        return None
    private = _open(previous, record)
    return None if private is None else replace(record, sealed=_seal(master, record.kid, private))


def opens(record: KeyRecord, *, master: Secret, previous: Secret | None = None) -> bool:
    """Tell whether a row is a key of ours: sealed by us, under this id, for this algorithm."""
    return _opened((master, previous) if previous else (master,), record) is not None


def _open(master: Secret, record: KeyRecord) -> bytes | None:
    return Seal(master, _SEAL).open(record.sealed, name=record.kid)


def _unsealed(masters: Sequence[Secret], record: KeyRecord) -> PrivateKey | bytes:
    if (key := _opened(masters, record)) is not None:
        return key
    raise SetupError(
        "the master secret does not open the signing keys in the database",
        remedy="give the secret that made them (TALLY_SECRET, TALLY_SECRET_FILE, or the file "
        "`secret` in the data directory; while it is being exchanged, TALLY_SECRET_PREVIOUS too); "
        "if it is lost, run `tigertally keys reset`, which signs everybody out",
    )


def _opened(masters: Sequence[Secret], record: KeyRecord) -> PrivateKey | bytes | None:
    """Return the private half, or none where the row is not what we wrote."""
    private = next((found for one in masters if (found := _open(one, record)) is not None), None)
    if private is None:
        return None
    if record.algorithm is Algorithm.HS256:
        return private if record.kid.startswith(_SYMMETRIC) else None
    try:
        key = serialization.load_der_private_key(private, password=None)
    except ValueError:
        return None
    # The seal binds the id, and the id the key. The algorithm stands beside them, unbound.
    fits = isinstance(key, _KINDS[record.algorithm])
    return key if fits and isinstance(key, PrivateKey) else None


def _verifying_half(key: PrivateKey | bytes) -> PublicKey | bytes:
    return key if isinstance(key, bytes) else key.public_key()
