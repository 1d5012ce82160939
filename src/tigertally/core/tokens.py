"""The two tokens (halves): access tokens for all verifiers, refresh tokens for us alone.

Purposes never mix: each has its own ``typ``, its own key and its own ``type`` claim, and a header
that is compared as a whole. An access token is a JWT of RFC 9068's shape that an unmodified
Flask-JWT-Extended service accepts; a refresh token is signed under a key derived from the master
secret, computed from the session row alone, and never stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeGuard

from tigertally.clock import unix_seconds
from tigertally.core.identifiers import new_id
from tigertally.core.jws import Checker, Signer, token_header
from tigertally.core.keys import KeyRing, VerifyingKey
from tigertally.core.refresh import Presented
from tigertally.core.roles import ROLES_MAX
from tigertally.core.sessions import Session
from tigertally.errors import TokenExpired, TokenInvalid
from tigertally.secret import Secret, derive_key

TOKEN_MAX: Final = 4096
"""Longest accepted token, in characters; ours have some 700."""

_TEXT_MAX: Final = 255
_CLOCK_SKEW: Final = 60  # seconds that another of our machines may be ahead, for `nbf` and `iat`

_NONE: Final[Mapping[str, object]] = {}

_ACCESS_CLAIMS: Final = (
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "gen", "type", "fresh",
)  # fmt: skip
CLAIMS: Final = frozenset({*_ACCESS_CLAIMS, "proof", "cv", "roles", "nh"})
"""All claims of our own, in either token."""

_REFRESH_CLAIMS: Final = ("iss", "sub", "exp", "iat", "jti", "sid", "gen", "type")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Issuer, audience and lifetime of access tokens."""

    issuer: str
    audience: str
    access_ttl: timedelta
    fresh_ttl: timedelta


@dataclass(frozen=True, slots=True)
class UserClaims:
    """What access tokens say of their user."""

    roles: tuple[str, ...] = ()
    version: int = 0
    """Grows when something else is true of the user: then older tokens are invalid."""
    until: datetime | None = None
    """When it ceases to be true by itself."""
    further: Mapping[str, object] = field(default_factory=dict)
    """An application's own claims; none of :data:`CLAIMS`."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """A verified access token. Times are Unix seconds."""

    user_id: str
    session_id: str
    generation: int
    issued_at: int
    expires_at: int
    fresh_until: int
    """Until when sensitive calls are allowed; 0 for a token made by a refresh."""
    roles: tuple[str, ...]
    proof: int = 0
    """The session's :attr:`~tigertally.core.sessions.Session.proof` when this was minted."""
    version: int = 0
    """The user's :attr:`UserClaims.version` when this was minted."""
    further: Mapping[str, object] = field(default_factory=dict)
    """An application's own claims."""

    def is_fresh(self, now: float) -> bool:
        """Tell whether the owner entered credentials a short while ago."""
        return now < self.fresh_until


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A new access token, and when it ends."""

    text: str
    claims: AccessClaims

    def __repr__(self) -> str:
        return f"AccessToken(…, {self.claims!r})"


class VerifyingKeys(Protocol):
    """Keys that check tokens."""

    def verifying_key(self, header: str) -> VerifyingKey | None:
        """Return the key for the first segment of a token, or ``None``."""
        ...


class AccessTokens:
    """Mints and verifies access tokens under a key ring that can be exchanged."""

    def __init__(self, ring: KeyRing, rules: TokenRules) -> None:
        self.ring = ring
        self.rules = rules
        self.issued_from: Callable[[], int] = lambda: 0
        """Returns the first second whose tokens count."""

    def mint(
        self, session: Session, user: UserClaims, *, fresh: bool, now: datetime
    ) -> AccessToken:
        """Return a new token for a live session. It outlives neither its deadlines nor the claims.

        It is dated to the first second that counts, if a moment ago all tokens were withdrawn.
        """
        issued_at = max(unix_seconds(now), self.issued_from())
        deadline = min(session.expires_at, user.until or session.expires_at)
        expires_at = unix_seconds(min(now + self.rules.access_ttl, deadline))
        fresh_until = min(unix_seconds(now + self.rules.fresh_ttl), expires_at) if fresh else 0
        claims = AccessClaims(
            user_id=session.user_id,
            session_id=session.id,
            generation=session.generation,
            issued_at=issued_at,
            expires_at=max(expires_at, issued_at + 1),
            fresh_until=fresh_until,
            roles=user.roles,
            proof=session.proof,
            version=user.version,
            further=user.further,
        )
        text = self.ring.sign(
            {
                **claims.further,
                "iss": self.rules.issuer,
                "sub": claims.user_id,
                "aud": self.rules.audience,
                "exp": claims.expires_at,
                "iat": claims.issued_at,
                "nbf": claims.issued_at,
                "jti": new_id(),
                "sid": claims.session_id,
                "gen": claims.generation,
                "type": "access",
                # A time, as Flask-JWT-Extended reads it: fresh until then. False: never fresh.
                "fresh": claims.fresh_until or False,
                "proof": claims.proof,
                "cv": claims.version,
                "roles": list(claims.roles),
            }
        )
        if len(text) > TOKEN_MAX:
            raise ValueError(f"roles and claims make a token of {len(text)} characters")
        return AccessToken(text, claims)

    def verify(self, token: str, now: float) -> AccessClaims:
        """Check signature, purpose, shape and time. Raises TokenInvalid or TokenExpired.

        Does not check the session: the :class:`Verifier` does.
        """
        claims = self.read(token)
        require_time(claims, now)
        return claims

    def read(self, token: str) -> AccessClaims:
        """Check all but the time: a sign-out may use an expired token. Raises TokenInvalid."""
        return read_access(token, self.ring, self.rules)


def read_access(token: str, keys: VerifyingKeys, rules: TokenRules) -> AccessClaims:
    """Check all of an access token but the time. Raises TokenInvalid."""
    header, _, _ = token.partition(".")
    key = keys.verifying_key(header) if len(token) <= TOKEN_MAX else None
    if key is None:
        raise TokenInvalid("not one of our access tokens")
    claims = _open(token, key.checker, _ACCESS_CLAIMS)
    if claims["iss"] != rules.issuer or claims["aud"] != rules.audience:
        raise TokenInvalid("for another service")
    return _within_ttl(_access_claims(claims), rules.access_ttl)


def require_time(claims: AccessClaims, now: float) -> None:
    """Refuse a token before and after its time (TokenInvalid, TokenExpired)."""
    if claims.issued_at > now + _CLOCK_SKEW:
        raise TokenInvalid("issued in the future")
    if claims.expires_at <= now:
        raise TokenExpired


def _within_ttl(claims: AccessClaims, access_ttl: timedelta) -> AccessClaims:
    # Ended sessions are remembered for as long as tokens live *now*: one that was minted under
    # a longer setting must not outlive the memory of its end.
    latest = claims.issued_at + int(access_ttl.total_seconds())
    return replace(claims, expires_at=latest) if latest < claims.expires_at else claims


class RefreshTokens:
    """Mints and reads refresh tokens: the same row always gives the same bytes.

    Those minted under a ``previous`` master secret are read as well, while it is being exchanged.
    """

    def __init__(self, master: Secret, *, issuer: str, previous: Secret | None = None) -> None:
        masters = (master, previous) if previous else (master,)
        keys = [derive_key(one, "refresh-token/v1") for one in masters]
        self._header = token_header("HS256", "rt1", "rt+jwt")
        self._signer = Signer(keys[0], self._header)
        self._checkers = [Checker(key) for key in keys]
        self._issuer = issuer

    def mint(self, session: Session) -> str:
        """Return the token of the session's current generation.

        Its ``exp`` tells the client when it expires if unused; the row's deadlines decide.
        """
        claims: dict[str, object] = {
            "iss": self._issuer,
            "sub": session.user_id,
            "sid": session.id,
            "gen": session.generation,
            "iat": unix_seconds(session.rotated_at),
            "exp": unix_seconds(session.expires_at),
            "jti": f"{session.id}.{session.generation}",
            "type": "refresh",
        }
        if session.nonce_hash is not None:
            claims["nh"] = session.nonce_hash
        return self._signer.sign(claims)

    def read(self, token: str) -> Presented:
        """Check signature, purpose and shape; every token we ever made stays recognisable.

        Raises TokenInvalid. The row's deadlines decide, so that an old token can be told why.
        The issuer is not checked: only we read this token, and nobody shall be signed out because
        the service moved to another address.
        """
        header, _, _ = token.partition(".")
        if len(token) > TOKEN_MAX or header != self._header:
            raise TokenInvalid("not one of our refresh tokens")
        claims = self._open(token)
        nonce_hash = claims.get("nh")
        if (
            claims["type"] != "refresh"
            or not _is_text(claims["iss"])
            or not _is_text(claims["sid"])
            or not _is_count(claims["gen"])
            or not (nonce_hash is None or _is_text(nonce_hash))
        ):
            raise TokenInvalid("claims of the wrong kind")
        return Presented(claims["sid"], claims["gen"], nonce_hash)

    def _open(self, token: str) -> Mapping[str, object]:
        *others, last = self._checkers
        for checker in others:
            try:
                return _open(token, checker, _REFRESH_CLAIMS)
            except TokenInvalid:
                continue
        return _open(token, last, _REFRESH_CLAIMS)


def read_either(
    token: str, access: AccessTokens, refresh: RefreshTokens
) -> AccessClaims | Presented:
    """Return the content of whichever half a token is. Raises TokenInvalid.

    Their headers tell them apart, so one signature is checked at most.
    """
    try:
        return access.read(token)
    except TokenInvalid:
        return refresh.read(token)


def _open(token: str, checker: Checker, required: Sequence[str]) -> Mapping[str, object]:
    claims = checker.open(token)
    for name in required:
        if claims.get(name) is None:
            raise TokenInvalid(f"no {name}")
    return claims


def _access_claims(claims: Mapping[str, object]) -> AccessClaims:
    sub, sid, jti, roles = claims["sub"], claims["sid"], claims["jti"], claims.get("roles", [])
    gen, iat, exp, nbf = claims["gen"], claims["iat"], claims["exp"], claims["nbf"]
    # Tokens of former versions lack these two.
    fresh, proof, version = claims["fresh"], claims.get("proof", 0), claims.get("cv", 0)
    if (
        claims["type"] == "access"
        and _is_text(sub)
        and _is_text(sid)
        and _is_text(jti)
        and _is_count(gen)
        and _is_count(iat)
        and _is_count(exp)
        and nbf == iat
        and (fresh is False or _is_count(fresh))
        and _is_count(proof)
        and _is_count(version)
        and isinstance(roles, list)
        and len(roles) <= ROLES_MAX
        and all(_is_text(role) for role in roles)
    ):
        further = {name: one for name, one in claims.items() if name not in CLAIMS} or _NONE
        return AccessClaims(
            sub, sid, gen, iat, exp, int(fresh), tuple(roles), proof, version, further
        )
    raise TokenInvalid("claims of the wrong kind")


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _TEXT_MAX


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 2**53
