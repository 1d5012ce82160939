"""A world of the rules alone."""

from dataclasses import replace

from tests.stateful.worlds import Issued, Refusal, verify

from tigertally.core.keys import Algorithm, KeyRing
from tigertally.core.permissions import RolePermissions
from tigertally.core.presence import Presence
from tigertally.core.refresh import (
    Keep,
    Over,
    Reused,
    Rotate,
    Rotation,
    Stale,
    Unknown,
    decide,
    hash_nonce,
    kept,
    rotated,
)
from tigertally.core.sessions import Ending, EndReason, Session
from tigertally.core.tokens import UserClaims
from tigertally.core.verifier import Verifier
from tigertally.errors import TokenInvalid
from tigertally.testing import MemoryFeed, MovableClock
from tigertally.testing.samples import (
    TIMES,
    sample_access_tokens,
    sample_refresh_tokens,
    sample_ring,
    sample_session,
)


class PureWorld:
    """Rows in a dictionary, and nothing but ``core``."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.rotation = Rotation.ALWAYS
        self._rows: dict[str, Session] = {}
        self._access = sample_access_tokens(_RING)
        self._refresh = sample_refresh_tokens()
        self._feed = MemoryFeed(self.clock)
        self._presence = Presence()
        self._verifier = Verifier(
            tokens=self._access,
            feed=self._feed,
            keys=_FixedKeys(),
            roles=_NoRoles(),
            sessions=self,
            presence=self._presence,
            clock=self.clock,
        )

    def begin(self, rotation: Rotation) -> None:
        self.rotation = rotation
        self._rows.clear()

    def session(self, session_id: str) -> Session | None:
        return self._rows.get(session_id)

    def sign_in(self, nonce: str | None) -> Issued:
        session = sample_session(nonce=nonce, now=self.clock.now())
        return self._issue(session)

    def refresh(self, token: str, nonce: str | None) -> Issued | Refusal:
        presented, now = self._refresh.read(token), self.clock.now()
        nonce_hash = hash_nonce(nonce) if nonce is not None else None
        row = self._rows[presented.session_id]
        verdict = decide(row, presented, nonce_hash=nonce_hash, rotation=self.rotation, now=now)
        match verdict:
            case Rotate():
                row = rotated(row, nonce_hash=nonce_hash, idle_ttl=TIMES.idle_ttl, now=now)
            case Keep():
                row = kept(row, idle_ttl=TIMES.idle_ttl, now=now)
            case Reused():
                self._end(row.id, EndReason.REFRESH_REUSED)
            case _:
                pass
        refused: dict[type[object], Refusal] = {
            Stale: Refusal.STALE,
            Reused: Refusal.ENDED,
            Over: Refusal.ENDED,
            Unknown: Refusal.UNKNOWN,
        }
        return refused.get(type(verdict)) or self._issue(row)

    def verify(self, access: str) -> Refusal | None:
        return verify(self._verifier, access)

    def write_presence(self) -> None:
        for seen in self._presence.drain():
            row = self._rows.get(seen.session_id)
            if row is not None and row.generation == seen.generation:
                self._rows[row.id] = replace(row, confirmed=True)

    def sign_out(self, token: str) -> None:
        try:
            session_id = self._access.read(token).session_id
        except TokenInvalid:
            session_id = self._refresh.read(token).session_id
        self._end(session_id, EndReason.LOGGED_OUT)

    def kick(self, session_id: str) -> None:
        self._end(session_id, EndReason.KICKED)

    def change_password(self, session_id: str) -> None:
        if not self._rows[session_id].ended(self.clock.now()):
            for other in set(self._rows) - {session_id}:
                self._end(other, EndReason.PASSWORD_CHANGED)
            self._prove(session_id)

    def prove(self, pair: Issued) -> Issued | Refusal:
        refused = self.verify(pair.access)
        if refused is not None:
            return refused
        own = replace(self._prove(pair.session_id), generation=pair.generation)
        access = self._access.mint(own, UserClaims(), fresh=True, now=self.clock.now())
        return replace(pair, access=access.text)

    def _prove(self, session_id: str) -> Session:
        row = self._rows[session_id]
        self._rows[session_id] = row = replace(row, proof=row.proof + 1)
        self._feed.outdate(session_id, row.proof)
        return row

    def row(self, session_id: str) -> Session:
        return self._rows[session_id]

    def journeys_of_the_dead(self, session_id: str) -> list[str]:
        return []

    def _issue(self, session: Session) -> Issued:
        self._rows[session.id] = session
        access = self._access.mint(session, UserClaims(), fresh=False, now=self.clock.now())
        refresh = self._refresh.mint(session)
        return Issued(session.id, session.generation, refresh, access.text)

    def _end(self, session_id: str, reason: EndReason) -> None:
        row, now = self._rows[session_id], self.clock.now()
        if not row.ended(now):
            self._rows[session_id] = row.end(Ending(reason, now))
            self._feed.revoke(session_id, reason)


class _NoRoles:
    def load_roles(self) -> RolePermissions:
        return RolePermissions({})


class _FixedKeys:
    """Implements KeySource; the pure world never changes its keys."""

    def load_ring(self) -> KeyRing:
        raise NotImplementedError


_RING = sample_ring(Algorithm.HS256)
