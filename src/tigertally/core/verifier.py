"""Token verification, for every request: a valid access token of a live session.

Reads memory only. A token that was checked before costs one hash and two look-ups; its expiry and
the revocations are still asked each time.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from tigertally.clock import Clock
from tigertally.core.permissions import RolePermissions
from tigertally.core.ports.keys import KeySource
from tigertally.core.ports.roles import RoleSource
from tigertally.core.ports.sessions import RevocationFeed, SessionReader
from tigertally.core.presence import Presence
from tigertally.core.sessions import EndReason, Session
from tigertally.core.tokens import AccessClaims, AccessTokens
from tigertally.errors import SessionEnded, SessionUnknown, TokenExpired, Unavailable

CACHE_SIZE: Final = 50_000
"""How many verified tokens are remembered: about 20 MB."""


class VerifiedTokens:
    """The claims of tokens that were verified, by digest. Reading needs no lock; adding does."""

    def __init__(self) -> None:
        self._claims: dict[bytes, AccessClaims] = {}
        # Seconds and roles that many tokens have in common are kept once.
        self._shared: dict[Hashable, Any] = {}
        self.get: Callable[[bytes], AccessClaims | None] = self._claims.get
        """Return the claims of a digest, or ``None``."""

    def __len__(self) -> int:
        return len(self._claims)

    def add(self, digest: bytes, claims: AccessClaims) -> None:
        """Remember a token. Forget an eighth of all, the oldest, if there are too many."""
        if len(self._claims) >= CACHE_SIZE:
            for oldest in list(islice(self._claims, CACHE_SIZE // 8)):
                del self._claims[oldest]
            self._shared.clear()
        share = self._shared.setdefault
        self._claims[digest] = replace(
            claims,
            issued_at=share(claims.issued_at, claims.issued_at),
            expires_at=share(claims.expires_at, claims.expires_at),
            fresh_until=share(claims.fresh_until, claims.fresh_until),
            roles=share(claims.roles, claims.roles),
        )

    def clear(self) -> None:
        """Forget all."""
        self._claims.clear()
        self._shared.clear()


class Verifier:
    """Verifies access tokens for one process."""

    def __init__(
        self,
        *,
        tokens: AccessTokens,
        feed: RevocationFeed,
        keys: KeySource,
        roles: RoleSource,
        sessions: SessionReader,
        presence: Presence,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._keys = keys
        self._roles = roles
        self._sessions = sessions
        self._presence = presence
        self._clock = clock
        self._verified = VerifiedTokens()
        self._revocations = feed.revocations
        # What each request needs, looked up once.
        self._now = clock.unix
        self._note = presence.note
        self._catch_up = feed.catch_up
        self._known = feed.revocations.known
        self._lowest = feed.revocations.claims_version
        self._recall = self._verified.get
        self._writing = threading.Lock()
        self._keys_version = feed.revocations.keys_version
        self._given: RolePermissions | None = None
        self._roles_version = 0
        tokens.issued_from = lambda: feed.revocations.issued_from

    def verify(self, token: str) -> AccessClaims:
        """Return the claims of a token whose session lives.

        Raises TokenInvalid, TokenExpired, SessionEnded, or VerifierUnavailable where nobody can say
        whether the session lives. A session that ended before this call began is always refused.
        """
        keys_version = self._keys_version
        self._catch_up()
        if self._revocations.keys_version != keys_version:
            self._change_keys()
            keys_version = self._keys_version
        now = self._now()
        # A header may hold any bytes, and hashing must not be what fails.
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._recall(digest)
        if claims is None:
            claims = self._tokens.verify(token, now)
            self._remember(digest, claims, keys_version)
        elif claims.expires_at <= now:
            raise TokenExpired
        known = self._known(claims.session_id)
        if known is not None:
            self._heed(known, claims)
        lowest = self._lowest(claims.user_id)
        if lowest is not None and claims.version < lowest:
            # Something else is true of the user now. As above, nobody is signed out.
            raise TokenExpired
        if claims.issued_at < self._revocations.issued_from:
            raise TokenExpired
        self._note(claims.session_id, claims.generation, now)
        return claims

    def allows(self, claims: AccessClaims, permission: str) -> bool:
        """Tell whether a verified token's roles give a permission.

        Reads memory only, unless roles changed since: then they are read first. Raises
        StoreUnavailable.
        """
        return self.permissions().allow(claims.roles, permission)

    def permissions_of(self, roles: Iterable[str]) -> Sequence[str]:
        """Return what roles give, sorted, to tell clients what they may show. It decides nothing.

        So what was read last will do where the store does not answer. Raises StoreUnavailable only
        if nothing was read yet; :meth:`follow` reads it.
        """
        try:
            given = self.permissions()
        except Unavailable:
            if self._given is None:
                raise
            given = self._given
        return sorted(given.of(roles))

    def permissions(self) -> RolePermissions:
        """Return what roles give, as of the last :meth:`verify`. Raises StoreUnavailable."""
        # The version first: another thread may exchange both in between, the table before it.
        if self._revocations.roles_version != self._roles_version or self._given is None:
            return self._change_roles()
        return self._given

    def follow(self) -> None:
        """Take in what ended since, and read signing keys and roles again if they changed.

        Part of each verification; for a process that only signs, or only sleeps, somebody else must
        call it regularly, or it would sign with a retired key. Raises
        VerifierUnavailable, StoreUnavailable or SetupError.
        """
        self._catch_up()
        if self._revocations.keys_version != self._keys_version:
            self._change_keys()
        self.permissions()

    def refuse_ended(self, session_id: str) -> None:
        """Refuse a session that is known to have ended: for tokens that others made and checked.

        Reads memory only, which knows what ended within the lifetime of access tokens. Raises
        SessionEnded, or VerifierUnavailable where nobody can say whether the session lives.
        """
        self._catch_up()
        reason = self._known(session_id)
        if isinstance(reason, EndReason):
            raise self._why_ended(session_id, reason)
        self._note(session_id, 0, self._now())

    def read_row(self, claims: AccessClaims) -> Session:
        """Return the session row of a verified token, for calls that need the database's answer.

        Raises SessionUnknown if there is no row, SessionEnded, TokenExpired after a later proof,
        or StoreUnavailable.
        """
        session = self._sessions.session(claims.session_id)
        if session is None:
            raise SessionUnknown
        if ending := session.ended(self._clock.now()):
            raise ending.as_error()
        if claims.proof < session.proof:
            raise TokenExpired
        return session

    def after_fork(self) -> None:
        """Go on in a forked child, where a thread that held the lock does not exist."""
        self._writing = threading.Lock()

    def _remember(self, digest: bytes, claims: AccessClaims, keys_version: int) -> None:
        with self._writing:
            # Keys that changed during the check have emptied the memory: what an old one signed
            # must not be the first thing in it again.
            if keys_version == self._keys_version:
                self._verified.add(digest, claims)

    def _change_keys(self) -> None:
        with self._writing:
            version = self._revocations.keys_version
            if version == self._keys_version:
                return
            self._tokens.ring = self._keys.load_ring()
            self._verified.clear()
            self._keys_version = version

    def _change_roles(self) -> RolePermissions:
        with self._writing:
            version = self._revocations.roles_version
            if self._given is None or version != self._roles_version:
                # Read after the version: what changes in between is read again.
                self._given = self._roles.load_roles()
                self._roles_version = version
            return self._given

    def _heed(self, known: EndReason | int, claims: AccessClaims) -> None:
        """Refuse a token of an ended session, or one minted before the last proof."""
        if isinstance(known, EndReason):
            raise self._why_ended(claims.session_id, known)
        if claims.proof < known:
            # The session lives, so clients refresh and nobody is signed out.
            raise TokenExpired

    def _why_ended(self, session_id: str, reason: EndReason) -> SessionEnded:
        """Return the error with the details of the row. The verdict does not depend on them."""
        try:
            session = self._sessions.session(session_id)
        except Unavailable:
            session = None
        ending = session.ending if session else None
        return ending.as_error() if ending else SessionEnded(reason)
