"""A store to test, the journeys over it, and many of them at once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from tigertally.core.events import EventName
from tigertally.core.files import Piece, Rendition
from tigertally.core.keys import Algorithm
from tigertally.core.passwords import Passwords
from tigertally.core.policies import SessionPolicy
from tigertally.core.ports.sessions import RevocationFeed, SessionReader
from tigertally.core.ports.store import Store
from tigertally.core.refresh import Rotation
from tigertally.core.sessions import Device, DeviceType, SessionTimes
from tigertally.core.tickets import SignOutTickets
from tigertally.core.tokens import AccessTokens, RefreshTokens, TokenRules
from tigertally.core.users import User
from tigertally.errors import (
    SessionEnded,
    TallyError,
)
from tigertally.flows.context import Actor, Context, Rules, Tally
from tigertally.flows.refresh import Refresh
from tigertally.flows.register import Register, Registration
from tigertally.flows.rotate_keys import RotateKeys
from tigertally.flows.sign_in import SignIn
from tigertally.flows.sign_out import SignOut
from tigertally.secret import Secret
from tigertally.storage.pictures.processes import PictureProcesses
from tigertally.storage.throttle import NoThrottle
from tigertally.testing.clock import MovableClock

T = TypeVar("T")

MASTER = Secret("0123456789abcdefghijklmnopqrstuvwxyz-conformance")
DEVICE = Device(DeviceType.WEB, "conformance")
PASSWORD = Secret("two halves make one")
NAME = "hufu"
TIMES = SessionTimes(idle_ttl=timedelta(days=7), absolute_ttl=timedelta(days=30))


class _NoBlobs:
    """Implements :class:`tigertally.core.ports.files.Blobs`: there are no files here."""

    def put(self, file_id: str, rendition: Rendition, content: bytes) -> None:
        """Keep nothing."""

    def require_room(self, size: int) -> None:
        """Have room."""

    def read(self, file_id: str, rendition: Rendition, *, start: int, length: int) -> Piece | None:
        """Find nothing."""

    def remove(self, file_ids: Iterable[str]) -> None:
        """Remove nothing."""

    def written_before(self, instant: datetime) -> Iterator[str]:
        """Find nothing."""
        del instant
        return iter(())


class ConformingStore(Store, SessionReader, Protocol):
    """A store together with the feed of what ended in it."""

    def feed(self) -> RevocationFeed:
        """Return a feed of its own for each verifier."""
        ...


OpenStore = Callable[[], ConformingStore]


def journeys(store: Store, clock: MovableClock, *, policy: SessionPolicy | None = None) -> Context:
    """Return what the journeys need, over a store; hashes cost next to nothing."""
    ring = RotateKeys(store, clock, MASTER, Algorithm.HS256).ensure()
    rules = TokenRules("conformance", "conformance", timedelta(minutes=15), timedelta(minutes=5))
    return Context(
        store=store,
        access=AccessTokens(ring, rules),
        refresh=RefreshTokens(MASTER, issuer="conformance"),
        tickets=SignOutTickets(MASTER),
        passwords=Passwords(time_cost=1, memory_kib=64),
        throttle=NoThrottle(),
        pictures=PictureProcesses(),
        blobs=_NoBlobs(),
        clock=clock,
        rules=Rules(
            times=TIMES,
            policy=policy or SessionPolicy(),
            rotation=Rotation.ALWAYS,
            registration_open=True,
            deletion_cool_off=timedelta(days=14),
            events_kept=timedelta(days=200),
            files_quota=1_000_000,
        ),
    )


def register(context: Context, name: str = NAME, email: str | None = None) -> User:
    """Make an account."""
    return Register(context)(Registration(name, PASSWORD, email), device=DEVICE)


def sign_in(context: Context, name: str = NAME, nonce: str | None = None) -> Tally:
    """Open a session."""
    return SignIn(context)(name, PASSWORD, device=DEVICE, nonce=nonce)


def refresh(context: Context, tally: Tally, nonce: str | None = None) -> Tally:
    """Exchange a refresh token for the next pair."""
    presented = context.refresh.read(tally.refresh)
    return Refresh(context)(presented, nonce=nonce, device=DEVICE)


def sign_out(context: Context, tally: Tally) -> None:
    """End a session by its access token."""
    SignOut(context)(tally.access.claims, device=DEVICE)


def actor_of(tally: Tally) -> Actor:
    """Return the actor of this session."""
    claims = tally.access.claims
    return Actor(
        claims.user_id, claims.session_id, DEVICE, generation=claims.generation, proof=claims.proof
    )


def together(times: int, act: Callable[[int], T]) -> list[T | TallyError]:
    """Let as many threads act at the same moment; errors of ours count as results."""
    ready = threading.Barrier(times)

    def one(index: int) -> T | TallyError:
        ready.wait(timeout=30)
        try:
            return act(index)
        except TallyError as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def event_names(context: Context, user: User) -> Counter[EventName]:
    """Return how often each event stands in a user's history."""
    with context.store.reading() as tx:
        page = tx.events.page(user.id, before=None, limit=1000)
    return Counter(event.name for event in page.events)


def refusal_of(context: Context, tally: Tally) -> str | None:
    """Refresh; return the code of the refusal, or ``None``."""
    try:
        refresh(context, tally)
    except SessionEnded as ended:
        return ended.reason
    return None
