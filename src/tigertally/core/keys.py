"""The keys that access tokens are signed with, and their life: next → current → retired.

The *next* key is published before it signs, so that services which cache our JWKS know it already
when it becomes current. A *retired* one still verifies what it signed. Private halves are stored
sealed under the master secret (AES-256-GCM, the key id as associated data): a database dump alone
cannot sign.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tigertally.core.identifiers import new_id
from tigertally.core.jwks import public_jwk
from tigertally.core.jws import (
    Checker,
    PrivateKey,
    PublicKey,
    Signer,
    token_header,
)
from tigertally.errors import SetupError
from tigertally.secret import Seal, Secret

ACCESS_TYP: Final = "at+jwt"
"""Header ``typ`` of access tokens (RFC 9068 §2.1)."""

_SEAL: Final = "key-seal/v1"
_SYMMETRIC: Final = "hs-"  # how ids of HS256 keys begin
_SYMMETRIC_BYTES: Final = 32


class Algorithm(StrEnum):
    """How access tokens are signed (RFC 7518 §3.1, RFC 8037)."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    RS256 = "RS256"
    HS256 = "HS256"
    """Symmetric: fast, but only services that hold the secret can verify."""


class KeyState(StrEnum):
    """The state of a key in its life cycle."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"


_KINDS: Final[Mapping[Algorithm, type[PrivateKey]]] = {
    Algorithm.ES256: ec.EllipticCurvePrivateKey,
    Algorithm.EDDSA: ed25519.Ed25519PrivateKey,
    Algorithm.RS256: rsa.RSAPrivateKey,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key as it is stored: nothing in it can sign without the master secret."""

    kid: str
    algorithm: Algorithm
    state: KeyState
    public_jwk: Mapping[str, str] | None
    """RFC 7517; ``None`` for HS256, whose key is never published."""
    sealed: bytes = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key that checks tokens whose header is, letter by letter, the one we write."""

    kid: str
    key: PublicKey | bytes = field(repr=False)
    checker: Checker = field(repr=False)

    @classmethod
    def of(cls, kid: str, key: PublicKey | bytes) -> Self:
        """Return a key that is ready to check."""
        return cls(kid, key, Checker(key))


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
            sealed=_seal(master, kid, secrets.token_bytes(_SYMMETRIC_BYTES)),
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
        jwk = public_jwk(algorithm, private.public_key())
        # Commands are given key ids, and would take one that begins with a dash for an option.
        if not jwk["kid"].startswith("-"):
            return private, jwk


class KeyRing:
    """All keys at one moment, decrypted. It never changes: a rotation makes another ring.

    Raises SetupError where no key is current, or the master secret is not the one that sealed
    them; ``previous`` is accepted as well while it is being exchanged. A key that does not open,
    or holds another than its row says, is left out: see ``distrusted``. So is one whose row is
    ``unreadable``, of which only the id is known.
    """

    def __init__(
        self,
        records: Iterable[KeyRecord],
        *,
        master: Secret,
        previous: Secret | None = None,
        unreadable: Iterable[str] = (),
    ) -> None:
        stored = tuple(records)
        opened = [pair for record in stored if (pair := _opened(record, master, previous))]
        self.distrusted: tuple[str, ...] = (*_without(stored, opened), *unreadable)
        """Ids of keys that neither verify nor are published, because we did not seal them."""
        current = [pair for pair in opened if pair[0].state is KeyState.CURRENT]
        if len(current) != 1:
            raise _no_single_current(stored, len(current))
        record, self._signing_key = current[0]
        self.current: KeyRecord = record
        header = token_header(record.algorithm, record.kid, ACCESS_TYP)
        self._signer = Signer(self._signing_key, header)
        self._jwks = [dict(record.public_jwk) for record, _ in opened if record.public_jwk]
        self._by_header = {
            token_header(record.algorithm, record.kid, ACCESS_TYP): VerifyingKey.of(
                record.kid, private if isinstance(private, bytes) else private.public_key()
            )
            for record, private in opened
        }

    def verifying_key(self, header: str) -> VerifyingKey | None:
        """Return the key for the first segment of a token, or ``None``.

        The header is compared, never parsed: no ``alg``, ``jwk``, ``jku`` or ``x5u`` of a
        stranger is ever looked at (RFC 8725 §3.1, §3.5).
        """
        return self._by_header.get(header)

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return an access token (JWS compact serialization, RFC 7515) under the current key."""
        return self._signer.sign(claims)

    @property
    def jwks(self) -> Mapping[str, object]:
        """The public halves (JWK Set, RFC 7517 §5), the next key among them."""
        return {"keys": self._jwks}


def _generate_private(algorithm: Algorithm) -> PrivateKey:
    match algorithm:
        case Algorithm.ES256:
            return ec.generate_private_key(ec.SECP256R1())
        case Algorithm.EDDSA:
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _seal(master: Secret, kid: str, private: bytes) -> bytes:
    return Seal(master, _SEAL).close(private, name=kid)


def resealed(record: KeyRecord, *, master: Secret, previous: Secret | None) -> KeyRecord | None:
    """Return a key sealed under the master secret.

    Returns ``None`` if it is sealed so already, and if neither secret opens it.
    """
    if previous is None or _open(master, record) is not None:
        return None
    private = _open(previous, record)
    if private is None:
        return None
    return replace(record, sealed=_seal(master, record.kid, private))


def is_ours(record: KeyRecord, *, master: Secret, previous: Secret | None = None) -> bool:
    """Tell whether one of the secrets decrypts a stored key under its id."""
    return _opened(record, master, previous) is not None


def _open(master: Secret, record: KeyRecord) -> bytes | None:
    return Seal(master, _SEAL).open(record.sealed, name=record.kid)


def _opened(
    record: KeyRecord, master: Secret, previous: Secret | None
) -> tuple[KeyRecord, PrivateKey | bytes] | None:
    """Return a key with its private half and the public half derived from it, or ``None``.

    An attacker who can write to the database may have replaced the public half. The sealed part
    decides, and the rest of the row must agree with it.
    """
    for secret in (master, previous):
        private = _open(secret, record) if secret else None
        if private is not None:
            return _fitting(record, private)
    return None


def _fitting(record: KeyRecord, private: bytes) -> tuple[KeyRecord, PrivateKey | bytes] | None:
    if record.algorithm is Algorithm.HS256:
        fits = record.kid.startswith(_SYMMETRIC) and len(private) == _SYMMETRIC_BYTES
        return (replace(record, public_jwk=None), private) if fits else None
    try:
        key = serialization.load_der_private_key(private, password=None)
    except (ValueError, TypeError):
        return None
    if not isinstance(key, _KINDS[record.algorithm]):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey) and not isinstance(key.curve, ec.SECP256R1):
        return None
    jwk = public_jwk(record.algorithm, key.public_key())
    return (replace(record, public_jwk=jwk), key) if jwk["kid"] == record.kid else None


def _without(
    stored: Sequence[KeyRecord], opened: Sequence[tuple[KeyRecord, object]]
) -> tuple[str, ...]:
    trusted = {record.kid for record, _ in opened}
    return tuple(record.kid for record in stored if record.kid not in trusted)


def wrong_secret() -> SetupError:
    """Return the error for a master secret that opens none of the keys."""
    return SetupError(
        "the master secret does not open the signing keys in the database",
        remedy="give the secret that made them (TALLY_SECRET, TALLY_SECRET_FILE, or the file "
        "`secret` in the data directory; while it is being exchanged, TALLY_SECRET_PREVIOUS "
        "too); if it is lost, run `tigertally keys reset`, which signs everybody out",
    )


def _no_single_current(stored: Sequence[KeyRecord], found: int) -> SetupError:
    if found == 0 and any(record.state is KeyState.CURRENT for record in stored):
        return wrong_secret()
    return SetupError(
        f"{found} signing keys are current; there must be exactly one",
        remedy="run `tigertally keys rotate`",
    )
