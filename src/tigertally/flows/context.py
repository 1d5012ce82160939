"""What every journey needs, and the few steps that several of them share."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tigertally.clock import Clock
from tigertally.core.passwords import Passwords
from tigertally.core.policies import SessionPolicy
from tigertally.core.ports import Blobs, Pictures, Store, Throttle, Transaction
from tigertally.core.providers import Providers
from tigertally.core.refresh import Rotation
from tigertally.core.reserved import ReservedNames
from tigertally.core.sessions import Device, Session, SessionTimes
from tigertally.core.tickets import SignOutTickets
from tigertally.core.tokens import AccessToken, AccessTokens, RefreshTokens
from tigertally.core.users import User
from tigertally.errors import SessionUnknown
from tigertally.flows.folds import Folds
from tigertally.flows.room import Room
from tigertally.flows.waiting import Waiting
from tigertally.secret import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator decided."""

    times: SessionTimes
    policy: SessionPolicy
    rotation: Rotation
    registration_open: bool
    deletion_cool_off: timedelta
    events_kept: timedelta
    files_quota: int
    """Bytes that the files of one user may have."""
    reserved_names: ReservedNames = field(default_factory=ReservedNames.of)
    """Names that people cannot register; the command line can."""
    site_words: frozenset[str] = frozenset()
    """What the site is called: no password may be made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The tools of the journeys."""

    store: Store
    access: AccessTokens
    refresh: RefreshTokens
    tickets: SignOutTickets
    passwords: Passwords
    throttle: Throttle
    pictures: Pictures
    blobs: Blobs
    clock: Clock
    rules: Rules
    waiting: Waiting = field(default_factory=Waiting)
    """Attempts that wait for others at the same account."""
    folds: Folds = field(default_factory=Folds)
    """Refusals that are written down already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What journeys through other services need besides."""

    providers: Providers
    code_key: bytes = field(repr=False)
    """Under which codes are hashed before they are stored."""
    token_seal: Seal = field(repr=False)
    """Under which our apps' tokens are stored."""
    room: Room = field(default_factory=Room)
    """Of the threads that wait for them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Both halves, and whose they are: what a sign-in and a refresh answer."""

    user: User
    session: Session
    access: AccessToken
    refresh: str
    replaced: tuple[Session, ...] = ()
    deletion_cancelled: bool = False
    """Whether this sign-in took the deletion of the account back."""

    def __repr__(self) -> str:
        return f"Tally(session={self.session.id!r})"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for something, by which live session, and from where right now."""

    user_id: str
    session_id: str
    device: Device
    """What the request shows of it; the name is known to the session (:func:`acting_device`)."""


def issue(
    context: Context,
    user: User,
    session: Session,
    *,
    fresh: bool,
    now: datetime,
    replaced: tuple[Session, ...] = (),
) -> Tally:
    """Mint both halves of a session as it stands."""
    access = context.access.mint(session, roles=user.roles, fresh=fresh, now=now)
    return Tally(user, session, access, context.refresh.mint(session), replaced)


def hold_actor(tx: Transaction, actor: Actor, now: datetime) -> tuple[User, Session]:
    """Hold the acting account until the transaction ends; return it and its live session.

    For journeys that change something. The verifier has let the request in, but its session may
    have been ended since, and an ended session must never act again. Raises SessionEnded or
    SessionUnknown.
    """
    tx.users.hold(actor.user_id)
    session = live_session(tx, actor, now)
    return owner_of(tx, session, now), session


def live_session(tx: Transaction, actor: Actor, now: datetime) -> Session:
    """Return the row of the acting session. Raises SessionEnded or SessionUnknown."""
    session = tx.sessions.get(actor.session_id)
    if session is None:
        raise SessionUnknown
    if ending := session.ended(now):
        raise ending.as_error()
    return session


def acting_device(session: Session, actor: Actor) -> Device:
    """Return the device that acts: the one that signed in, from where it is seen right now."""
    return replace(session.device, user_agent=actor.device.user_agent, ip=actor.device.ip)


def owner_of(tx: Transaction, session: Session, now: datetime) -> User:
    """Return the user of a live session. Raises SessionUnknown where there is none any more."""
    user = tx.users.get(session.user_id)
    if user is None or user.is_gone(now):
        raise SessionUnknown
    return user
