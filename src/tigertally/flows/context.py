"""The dependencies of every journey, and a few steps that several of them share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tigertally.clock import Clock
from tigertally.core.passwords import Passwords
from tigertally.core.people import further_claims, role_names
from tigertally.core.policies import SessionPolicy
from tigertally.core.ports.files import Blobs, Pictures
from tigertally.core.ports.limits import Throttle
from tigertally.core.ports.sessions import OwnedSession
from tigertally.core.ports.store import Store, Transaction
from tigertally.core.providers import Providers
from tigertally.core.refresh import Rotation
from tigertally.core.reserved import ReservedNames
from tigertally.core.sessions import Device, EndReason, Session, SessionTimes
from tigertally.core.tickets import SignOutTickets
from tigertally.core.tokens import AccessToken, AccessTokens, RefreshTokens, UserClaims
from tigertally.core.users import User
from tigertally.errors import SessionEnded, SessionUnknown, TokenExpired
from tigertally.flows.expired_roles import without_expired_roles
from tigertally.flows.folds import Folds
from tigertally.flows.room import Room
from tigertally.flows.waiting import Waiting
from tigertally.secret import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's decisions."""

    times: SessionTimes
    policy: SessionPolicy
    rotation: Rotation
    registration_open: bool
    deletion_cool_off: timedelta
    events_kept: timedelta
    files_quota: int
    """Maximum bytes of one user's files."""
    reserved_names: ReservedNames = field(default_factory=ReservedNames.of)
    """Names that only the command line can register."""
    site_words: frozenset[str] = frozenset()
    """The words of the site's name. No password may consist of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The dependencies of the journeys."""

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
    """Attempts that wait for other attempts at the same account."""
    folds: Folds = field(default_factory=Folds)
    """Refusals that are in the log already."""
    load_roles: Callable[[str], Iterable[str]] | None = None
    """Returns the roles of a user by id, where an application has them and not the account."""
    load_claims: Callable[[str], Mapping[str, object]] | None = None
    """Returns an application's own claims of a user by id, for access tokens."""
    sets_hashes: bool = True
    """Whether password hashes can be replaced; an application may keep its own to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Further dependencies of journeys that use providers."""

    providers: Providers
    code_key: bytes = field(repr=False)
    """The key under which codes are hashed before they are stored."""
    token_seal: Seal = field(repr=False)
    """Encrypts our apps' tokens for the store."""
    room: Room = field(default_factory=Room)
    """Bounds the threads that wait for providers."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The result of a sign-in or a refresh: both tokens, their user and session."""

    user: User
    session: Session
    access: AccessToken
    refresh: str
    replaced: tuple[Session, ...] = ()
    created: bool = False
    """Whether this sign-in made the account."""
    deletion_cancelled: bool = False
    """Whether this sign-in cancelled the deletion of the account."""

    def __repr__(self) -> str:
        return f"Tally(session={self.session.id!r})"


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in caller: user, live session, and present device."""

    user_id: str
    session_id: str
    device: Device
    """What the request shows of it; the name is known to the session (:func:`acting_device`)."""
    generation: int
    """Of the access token that was presented."""
    proof: int
    """Of the access token too: the session's proof number when it was minted."""
    roles: tuple[str, ...] = ()
    """Of the access token."""


def issue(
    context: Context,
    user: User,
    session: Session,
    *,
    fresh: bool,
    now: datetime,
    replaced: tuple[Session, ...] = (),
) -> Tally:
    """Mint both tokens of a session in its present state.

    Call it outside transactions: an application may look the roles up in its own database.
    """
    user = with_roles(context, user)
    access = context.access.mint(session, claims_of(context, user), fresh=fresh, now=now)
    return Tally(user, session, access, context.refresh.mint(session), replaced)


def with_roles(context: Context, user: User) -> User:
    """Return the user with the roles that count now. Call it outside transactions."""
    if context.load_roles is None:
        return without_expired_roles(context.store, user, context.clock.now())
    return replace(user, roles=role_names(context.load_roles(user.id)), roles_until=None)


def claims_of(context: Context, user: User) -> UserClaims:
    """Return what tokens say of a user. Call it outside transactions.

    The user's row was read before an application is asked: what it announces later is newer.
    """
    further = {} if context.load_claims is None else further_claims(context.load_claims(user.id))
    return UserClaims(user.roles, user.claims_version, user.roles_until, further)


def hold_actor(tx: Transaction, actor: Actor, now: datetime) -> tuple[User, Session]:
    """Hold the acting account until the transaction ends; return it and its live session.

    For journeys that change something. The verifier has let the request in, but its session may
    have been ended since, and an ended session must never act again. Raises as
    :func:`live_session`.
    """
    tx.users.hold(actor.user_id)
    return live_account(tx, actor, now)


def live_account(tx: Transaction, actor: Actor, now: datetime) -> tuple[User, Session]:
    """Return the acting account and its session. Raises as :func:`live_session`."""
    found = tx.sessions.owned(actor.session_id)
    session = _require_live(found.session if found else None, actor, now)
    return owner_of(found, now), session


def live_session(tx: Transaction, actor: Actor, now: datetime) -> Session:
    """Return the row of the acting session.

    Raises SessionEnded or SessionUnknown; TokenExpired where its owner proved again who they are
    since the token was minted, which another machine may not have heard yet.
    """
    return _require_live(tx.sessions.get(actor.session_id), actor, now)


def _require_live(session: Session | None, actor: Actor, now: datetime) -> Session:
    if session is None:
        raise SessionUnknown
    if ending := session.ended(now):
        raise ending.as_error()
    if actor.proof < session.proof:
        raise TokenExpired
    return session


def acting_device(session: Session, actor: Actor) -> Device:
    """Return the acting device: the one that signed in, with its present address."""
    return replace(session.device, user_agent=actor.device.user_agent, ip=actor.device.ip)


def owner_of(found: OwnedSession | None, now: datetime) -> User:
    """Return the user of a live session.

    Raises SessionUnknown if the user is gone, SessionEnded if an application disabled one of its
    own: accounts of ours have no live session then.
    """
    if found is None or found.owner is None or found.owner.is_gone(now):
        raise SessionUnknown
    if found.owner.is_disabled(now):
        raise SessionEnded(EndReason.DISABLED)
    return found.owner
