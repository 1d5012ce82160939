"""Everything the rules ask of the world, on one page.

Ports are atomic acts of the domain, not create-read-update-delete. All that happens between
entering and leaving :meth:`Store.writing` happens or does not happen as a whole, durably, before
the block is left; an exception undoes it. Acts in one block see each other; two blocks never
interleave in a way that a serial order could not explain. Every act is told the time: a store never
looks at a clock, and never relies on its own expiry. All acts raise StoreUnavailable where the
store does not answer in time.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tigertally.core.events import Event
from tigertally.core.keys import KeyRecord, KeyRing
from tigertally.core.presence import Sighting
from tigertally.core.refresh import Presented, Rotation, Verdict
from tigertally.core.revocation import Revocations
from tigertally.core.sessions import Ending, Session
from tigertally.core.users import User


class Users(Protocol):
    """The accounts. Names and addresses share one space: each belongs to one account at most."""

    def add(self, user: User) -> None:
        """Add an account. Raises UsernameTaken or EmailTaken."""
        ...

    def find(self, login: str) -> User | None:
        """Return the account with this user name or e-mail address, without regard to case."""
        ...

    def get(self, user_id: str) -> User | None:
        """Return the account, also a deleted one until it is purged."""
        ...

    def hold(self, user_id: str) -> User | None:
        """Return the account, and keep others from holding it until the transaction ends.

        Whatever changes an account or opens a session of it holds it first, before any session:
        so such acts happen one after another, and never wait for each other in a circle.
        """
        ...

    def replace(self, user: User) -> None:
        """Write all columns of an account but its hash. Raises EmailTaken or UsernameTaken."""
        ...

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        """Exchange the hash if it is still the expected one; tell whether it was."""
        ...

    def page(self, *, after: str | None, limit: int) -> Sequence[User]:
        """Return accounts in the order of their ids, beginning after one."""
        ...

    def purge(self, now: datetime, limit: int) -> Sequence[str]:
        """Scrub accounts whose time to come back is over; return their ids, which stay."""
        ...


class Sessions(Protocol):
    """The session rows. Whatever ends one also enters it into the revocation feed."""

    def add(self, session: Session) -> None:
        """Open a session."""
        ...

    def get(self, session_id: str) -> Session | None:
        """Return the row, ended or not; none where it never was or was purged."""
        ...

    def live(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Return the user's live sessions, the one used last first."""
        ...

    def rotate(
        self,
        presented: Presented,
        *,
        nonce_hash: str | None,
        rotation: Rotation,
        idle_ttl: timedelta,
        now: datetime,
    ) -> tuple[Verdict, Session | None]:
        """Judge and carry out a refresh with one guarded UPDATE (compare-and-swap).

        Returns what :func:`tigertally.core.refresh.decide` says, and the row as it is afterwards.
        Of any number of calls with one token, exactly one gets Rotate. Ends nothing: on Reused the
        caller ends the session, in the same transaction.
        """
        ...

    def end(self, session_id: str, ending: Ending, now: datetime) -> Session | None:
        """End a live session; return it, or none where there was nothing left to end."""
        ...

    def end_all(
        self, user_id: str, ending: Ending, now: datetime, *, but: str | None = None
    ) -> Sequence[Session]:
        """End all live sessions of a user, but one; return those that ended."""
        ...

    def reauthenticated(self, session_id: str, now: datetime) -> None:
        """Remember that credentials were entered again."""
        ...

    def confirm(self, sightings: Iterable[Sighting]) -> None:
        """Write what was seen in use: ``last_seen_at``, and ``confirmed`` for that generation."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete rows whose hard deadline lies before; return how many."""
        ...

    def forget_revocations(self, now: datetime) -> int:
        """Delete entries of the feed that no access token can need any more; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and the id to go on before, if there are more."""

    events: Sequence[Event]
    next_before: int | None


class Events(Protocol):
    """The log; nothing in it is ever changed."""

    def append(self, event: Event) -> None:
        """Write one event."""
        ...

    def page(self, user_id: str, *, before: int | None, limit: int) -> EventPage:
        """Return a user's events, newest first."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete events older than that; return how many."""
        ...


class Keys(Protocol):
    """The signing keys, sealed. Every change enters the revocation feed too."""

    def hold(self) -> None:
        """Keep others from changing keys until the transaction ends.

        Whatever changes them holds them first: processes that start at once would else make a
        current key each.
        """
        ...

    def all(self) -> Sequence[KeyRecord]:
        """Return all keys, oldest first."""
        ...

    def put(self, record: KeyRecord) -> None:
        """Add a key, or write its new state."""
        ...

    def reseal(self, record: KeyRecord) -> None:
        """Write a key's sealed half anew; the key stays what it is."""
        ...

    def remove(self, kid: str) -> None:
        """Forget a key: what it signed no longer verifies."""
        ...

    def announce(self, now: datetime) -> None:
        """Tell all verifiers to read the keys again."""
        ...


class Transaction(Protocol):
    """All tables, within one transaction."""

    @property
    def users(self) -> Users:
        """The accounts."""
        ...

    @property
    def sessions(self) -> Sessions:
        """The session rows."""
        ...

    @property
    def events(self) -> Events:
        """The log."""
        ...

    @property
    def keys(self) -> Keys:
        """The signing keys."""
        ...


class Store(Protocol):
    """Where everything is kept."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Open a view for reading; nothing in it may write."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; when the block is left it is durable, or undone by an exception."""
        ...


class SessionReader(Protocol):
    """Reads single rows outside any transaction."""

    def session(self, session_id: str) -> Session | None:
        """Return the row. Raises StoreUnavailable."""
        ...


class KeySource(Protocol):
    """Opens the key ring anew."""

    def load_ring(self) -> KeyRing:
        """Return the ring as it is stored now. Raises StoreUnavailable or SetupError."""
        ...


class RevocationFeed(Protocol):
    """Keeps a process's :class:`~tigertally.core.revocation.Revocations` in step with the store."""

    @property
    def revocations(self) -> Revocations:
        """What is known; always the same object."""
        ...

    def catch_up(self) -> None:
        """Return once everything acknowledged before this call is in :attr:`revocations`.

        Asked by every request, so it must cost nothing where nothing happened. Raises
        VerifierUnavailable where it cannot promise that.
        """
        ...
