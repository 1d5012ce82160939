"""Sessions, what is known of those that ended, and the other services that are told."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tigertally.core.pages import Place
from tigertally.core.presence import ServiceSighting, Sighting
from tigertally.core.refresh import Presented, Rotation, Verdict
from tigertally.core.revocation import Revocation, Revocations
from tigertally.core.services import ServiceRecord
from tigertally.core.sessions import Ending, Session
from tigertally.core.users import User


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some live sessions, and the place to go on behind, if there are more."""

    sessions: Sequence[Session]
    following: Place | None


@dataclass(frozen=True, slots=True)
class OwnedSession:
    """A session and its account, read together."""

    session: Session
    owner: User | None
    """``None`` if there is no such account."""


class Sessions(Protocol):
    """The session rows. Whatever ends one also enters it into the revocation feed."""

    def add(self, session: Session) -> None:
        """Open a session."""
        ...

    def get(self, session_id: str) -> Session | None:
        """Return the row, ended or not; ``None`` for an unknown or purged session."""
        ...

    def owned(self, session_id: str) -> OwnedSession | None:
        """Return the row, ended or not, and its owner's; ``None`` as in :meth:`get`."""
        ...

    def live(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Return the user's live sessions, the one used last first."""
        ...

    def addresses(self, user_id: str, since: datetime) -> Sequence[str]:
        """Return the addresses that the user's latest sessions since then were opened from."""
        ...

    def rotate(
        self,
        presented: Presented,
        *,
        nonce_hash: str | None,
        rotation: Rotation,
        idle_ttl: timedelta,
        now: datetime,
    ) -> tuple[Verdict, OwnedSession | None]:
        """Judge and carry out a refresh with one guarded UPDATE (compare-and-swap).

        Returns what :func:`tigertally.core.refresh.decide` says, and the row as it is afterwards.
        Of any number of calls with one token, exactly one gets Rotate. Ends nothing: on Reused the
        caller ends the session, in the same transaction.
        """
        ...

    def end(self, session_id: str, ending: Ending, now: datetime) -> Session | None:
        """End a live session and return it. Return ``None`` if it had ended already."""
        ...

    def end_all(
        self, user_id: str, ending: Ending, now: datetime, *, but: str | None = None
    ) -> Sequence[Session]:
        """End all live sessions of a user except one. Return the ended ones."""
        ...

    def page(
        self, user_id: str, now: datetime, *, first: str, after: Place | None, limit: int
    ) -> SessionPage:
        """Return a user's live sessions: one first, then the one that was used last.

        The ``first`` one stands on the first page only, beyond the limit.
        """
        ...

    def count(self, user_id: str, now: datetime) -> int:
        """Return how many live sessions a user has."""
        ...

    def owners(self, now: datetime, *, after: str | None, limit: int) -> Sequence[str]:
        """Return ids of users who have live sessions, in their order, beginning after one.

        Also of users whom an application keeps.
        """
        ...

    def end_oldest(
        self,
        user_id: str,
        ending: Ending,
        now: datetime,
        *,
        leave: int,
        at_most: int,
        but: str | None = None,
    ) -> Sequence[Session]:
        """End the oldest live sessions except one. Return the ended ones.

        Ends at most so many, and leaves so many of the newest alone.
        """
        ...

    def prove(self, session_id: str, now: datetime) -> Session:
        """Record that the owner proved again who they are. Return the updated row.

        Older access tokens become invalid, so this enters the feed too.
        """
        ...

    def confirm(self, sightings: Iterable[Sighting]) -> None:
        """Write sightings: ``last_seen_at``, and ``confirmed`` for that generation."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete rows whose absolute deadline is earlier. Return how many."""
        ...

    def forget_revocations(self, before: datetime) -> int:
        """Delete feed entries that were no longer needed at that time. Return how many."""
        ...


class SessionReader(Protocol):
    """Reads single rows outside any transaction."""

    def session(self, session_id: str) -> Session | None:
        """Return the row. Raises StoreUnavailable."""
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


class ServiceRecords(Protocol):
    """The services, ended ones too."""

    def hold(self) -> None:
        """Keep others from changing services until the transaction ends."""
        ...

    def all(self) -> Sequence[ServiceRecord]:
        """Return all services, by name."""
        ...

    def named(self, name: str) -> ServiceRecord | None:
        """Return the service of this name, or ``None``."""
        ...

    def put(self, record: ServiceRecord) -> None:
        """Add a service, or write its new state; never when it was seen."""
        ...

    def saw(self, sightings: Iterable[ServiceSighting]) -> None:
        """Write when services asked last."""
        ...


@dataclass(frozen=True, slots=True)
class FeedView:
    """What the database said at one moment."""

    feed: str
    """Id of the feed: of its database, and of the present life of its server."""
    head: int
    key_set: Mapping[str, object]
    """The public keys (JWK Set)."""
    roles: Mapping[str, Sequence[str]]
    """What each role gives."""
    entries: Sequence[Revocation]
    """From the oldest that matters to the head; no position is left out."""
    positions: Sequence[int]
    services: Mapping[str, ServiceRecord]
    """Those that are not ended, by id."""

    def page(self, after: int, limit: int) -> tuple[Sequence[Revocation], bool]:
        """Return entries behind a position, and whether there are more than these."""
        start = bisect_right(self.positions, after)
        return self.entries[start : start + limit], len(self.positions) - start > limit


class PublishedFeed(Protocol):
    """The feed for other services."""

    def look(self) -> FeedView:
        """Return what the database holds at some moment after this call began.

        Raises VerifierUnavailable.
        """
        ...
