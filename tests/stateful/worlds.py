"""Two worlds for the same lives: the rules alone, and the real journeys over a real database."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from typing import Protocol

from tigertally.core.keys import Algorithm, KeyRing
from tigertally.core.passwords import Passwords
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
from tigertally.core.sessions import Device, Ending, EndReason, Session
from tigertally.core.verifier import Verifier
from tigertally.errors import (
    RefreshStale,
    SessionEnded,
    SessionUnknown,
    TallyError,
    TokenExpired,
    TokenInvalid,
)
from tigertally.flows.account import Account, ProfileChange
from tigertally.flows.administer import Administer
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Actor, Tally
from tigertally.flows.delete_account import DeleteAccount
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.refresh import Refresh
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.flows.sign_out import Kick, SignOut, SignOutEverywhere
from tigertally.secret import Secret
from tigertally.server.compose import Composition
from tigertally.testing import MemoryFeed, MovableClock
from tigertally.testing.samples import (
    TIMES,
    sample_access_tokens,
    sample_refresh_tokens,
    sample_ring,
    sample_session,
)


@dataclass(frozen=True)
class Issued:
    """A pair that was given out, to whomever."""

    session_id: str
    generation: int
    refresh: str
    access: str


class Refusal(StrEnum):
    """What comes instead of a pair, or of being let in."""

    STALE = "stale"
    ENDED = "ended"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class World(Protocol):
    """What clients and thieves can do. One user owns all sessions that were opened last."""

    clock: MovableClock
    rotation: Rotation

    def begin(self, rotation: Rotation) -> None:
        """Let a new user come, under this setting."""
        ...

    def sign_in(self, nonce: str | None) -> Issued: ...

    def refresh(self, token: str, nonce: str | None) -> Issued | Refusal: ...

    def verify(self, access: str) -> Refusal | None:
        """Make a request; return why it was refused."""
        ...

    def write_presence(self) -> None: ...

    def sign_out(self, token: str) -> None: ...

    def kick(self, session_id: str) -> None: ...

    def change_password(self, session_id: str) -> None:
        """End all other sessions of the user, if this one lives."""
        ...

    def row(self, session_id: str) -> Session: ...

    def journeys_of_the_dead(self, session_id: str) -> list[str]:
        """Try every journey as this ended session; return those that did not refuse."""
        ...


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
        return _verify(self._verifier, access)

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

    def row(self, session_id: str) -> Session:
        return self._rows[session_id]

    def journeys_of_the_dead(self, session_id: str) -> list[str]:
        return []

    def _issue(self, session: Session) -> Issued:
        self._rows[session.id] = session
        access = self._access.mint(session, roles=(), fresh=False, now=self.clock.now())
        refresh = self._refresh.mint(session)
        return Issued(session.id, session.generation, refresh, access.text)

    def _end(self, session_id: str, reason: EndReason) -> None:
        row, now = self._rows[session_id], self.clock.now()
        if not row.ended(now):
            self._rows[session_id] = row.end(Ending(reason, now))
            self._feed.revoke(session_id, reason)


class SqlWorld:
    """The product: its journeys, its store on a SQLite file, its feed and its verifier."""

    DEVICE = Device(name="a browser", ip="192.0.2.1")

    def __init__(self, composition: Composition, clock: MovableClock) -> None:
        self.clock = clock
        self.rotation = Rotation.ALWAYS
        self._composition = composition
        # Cheap hashes: what a password costs is proven elsewhere.
        self._context = replace(
            composition.context, passwords=Passwords(time_cost=1, memory_kib=64)
        )
        self._numbers = count()
        self._begin_user()

    def begin(self, rotation: Rotation) -> None:
        self.rotation = rotation
        rules = replace(self._context.rules, rotation=rotation)
        self._context = replace(self._context, rules=rules)
        self._begin_user()

    def _begin_user(self) -> None:
        self._name = f"user {next(self._numbers)}"
        self._password = Secret("two halves make one, at first")
        registration = Registration(self._name, self._password)
        self._user_id = Register(self._context)(registration, device=Device()).id

    def sign_in(self, nonce: str | None) -> Issued:
        sign_in = SignIn(self._context)
        return _issued(sign_in(self._name, self._password, device=self.DEVICE, nonce=nonce))

    def refresh(self, token: str, nonce: str | None) -> Issued | Refusal:
        try:
            return _issued(Refresh(self._context)(token, nonce=nonce, device=self.DEVICE))
        except RefreshStale:
            return Refusal.STALE
        except SessionEnded:
            return Refusal.ENDED
        except SessionUnknown:
            return Refusal.UNKNOWN

    def verify(self, access: str) -> Refusal | None:
        return _verify(self._composition.services.verifier, access)

    def write_presence(self) -> None:
        self._composition.background.look_after()

    def sign_out(self, token: str) -> None:
        sign_out = SignOut(self._context)
        sign_out(sign_out.session_of(token, refresh_only=False), device=self.DEVICE)

    def kick(self, session_id: str) -> None:
        with suppress(TallyError):
            Administer(self._context).end_session(session_id)

    def change_password(self, session_id: str) -> None:
        new = Secret(f"two halves make one, {next(self._numbers)}")
        change = ChangePassword(self._context)
        with suppress(SessionEnded):
            change(self._actor(session_id), current=self._password, new=new)
            self._password = new

    def row(self, session_id: str) -> Session:
        row = self._composition.store.session(session_id)
        assert row is not None
        return row

    def journeys_of_the_dead(self, session_id: str) -> list[str]:
        """As if a verifier had let the request in just before the session ended."""
        actor, account = self._actor(session_id), Account(self._context)
        password = self._password
        journeys: dict[str, Callable[[], object]] = {
            "who": lambda: account.who(actor),
            "sessions": lambda: account.sessions(actor, after=None, limit=1),
            "events": lambda: account.events(actor, before=None, limit=1),
            "update": lambda: account.update(
                actor, ProfileChange({"email": "dead@example.com"}), fresh=True
            ),
            "reauthenticate": lambda: Reauthenticate(self._context)(actor, password),
            "change password": lambda: ChangePassword(self._context)(
                actor, current=password, new=Secret("a dead man's password")
            ),
            "sign out others": lambda: SignOutEverywhere(self._context)(actor, keep_current=True),
            "sign out all": lambda: SignOutEverywhere(self._context)(actor, keep_current=False),
            "kick": lambda: Kick(self._context)(actor, session_id),
            "delete account": lambda: DeleteAccount(self._context)(actor),
        }
        acted = []
        for name, journey in journeys.items():
            try:
                journey()
            except SessionEnded:
                continue
            acted.append(name)
        return acted

    def _actor(self, session_id: str) -> Actor:
        return Actor(self._user_id, session_id, self.DEVICE)


class _FixedKeys:
    """Implements KeySource; the pure world never changes its keys."""

    def load_ring(self) -> KeyRing:
        raise NotImplementedError


_RING = sample_ring(Algorithm.HS256)


def _issued(tally: Tally) -> Issued:
    session = tally.session
    return Issued(session.id, session.generation, tally.refresh, tally.access.text)


def _verify(verifier: Verifier, access: str) -> Refusal | None:
    try:
        verifier.verify(access)
    except SessionEnded:
        return Refusal.ENDED
    except TokenExpired:
        return Refusal.EXPIRED
    return None
