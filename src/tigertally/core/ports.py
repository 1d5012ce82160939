"""The ports to storage (to other services: ``core/providers.py``).

Ports are atomic acts of the domain, not create-read-update-delete. All that happens between
entering and leaving :meth:`Store.writing` happens or does not happen as a whole, durably, before
the block is left; an exception undoes it. Acts in one block see each other; two blocks never
interleave in a way that a serial order could not explain. Every act is told the time: a store never
looks at a clock, and never relies on its own expiry. All acts raise StoreUnavailable where the
store does not answer in time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from tigertally.core.events import Event
from tigertally.core.files import File, Picture, Piece, Rendition, Usage
from tigertally.core.identities import Claim, Identity, Opened, ProviderIdentity, Pseudonym
from tigertally.core.keys import KeyRecord, KeyRing
from tigertally.core.lockouts import Lockout
from tigertally.core.pages import Place
from tigertally.core.presence import Sighting
from tigertally.core.refresh import Presented, Rotation, Verdict
from tigertally.core.revocation import Revocations
from tigertally.core.sessions import Ending, Session
from tigertally.core.throttle import Admission, Attempt, Subject
from tigertally.core.users import User


class Users(Protocol):
    """The accounts. Each name that one signs in with belongs to one account at most.

    User names and verified addresses share one space. Any number of accounts may have the same
    address that is not verified: nobody is found by it.
    """

    def add(self, user: User) -> None:
        """Add an account. Raises UsernameTaken or EmailTaken."""
        ...

    def add_all(self, users: Sequence[User]) -> None:
        """Add many accounts, of whose names :meth:`owners` found none."""
        ...

    def owners(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return who signs in with these: ids by :func:`~tigertally.core.users.name_key`.

        Names that nobody has are left out.
        """
        ...

    def find(self, login: str) -> User | None:
        """Return the account with this user name or verified address, without regard to case."""
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


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some live sessions, and the place to go on behind, if there are more."""

    sessions: Sequence[Session]
    following: Place | None


class Sessions(Protocol):
    """The session rows. Whatever ends one also enters it into the revocation feed."""

    def add(self, session: Session) -> None:
        """Open a session."""
        ...

    def get(self, session_id: str) -> Session | None:
        """Return the row, ended or not; ``None`` for an unknown or purged session."""
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
    ) -> tuple[Verdict, Session | None]:
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


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and the id to go on before, if there are more."""

    events: Sequence[Event]
    next_before: int | None


class Events(Protocol):
    """The audit log. Entries are never changed."""

    def append(self, event: Event) -> None:
        """Write one event."""
        ...

    def append_all(self, events: Iterable[Event]) -> None:
        """Write many events."""
        ...

    def append_folded(self, event: Event, fold: str, until: datetime) -> bool:
        """Write an event, unless one of the same fold was written that still stands for it.

        It stands until then for all that come after it. Tells whether it was written.
        """
        ...

    def page(self, user_id: str, *, before: int | None, limit: int) -> EventPage:
        """Return a user's events, newest first."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete events older than that; return how many."""
        ...

    def purge_folds(self, now: datetime) -> None:
        """Delete expired folds."""
        ...


@dataclass(frozen=True, slots=True)
class FilePage:
    """Some files, newest first, and the place to go on behind, if there are more."""

    files: Sequence[File]
    following: Place | None


class Files(Protocol):
    """The rows of files. They, not the bytes, decide which files exist and whose they are."""

    def add(self, file: File, *, quota: int) -> None:
        """Add a file that fits in beside all others of its user's. Raises QuotaExceeded.

        Of uploads at the same time, no two can fill the same room.
        """
        ...

    def get(self, user_id: str, file_id: str) -> File | None:
        """Return a file of this user; ``None`` for somebody else's."""
        ...

    def page(self, user_id: str, *, after: Place | None, limit: int) -> FilePage:
        """Return a user's files, newest first."""
        ...

    def usage(self, user_id: str) -> Usage:
        """Return the storage that a user takes."""
        ...

    def remove(self, user_id: str, file_id: str) -> bool:
        """Remove a file of this user, also as the avatar. Tell whether it existed."""
        ...

    def known(self, file_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that are files."""
        ...

    def unmeasured(self, limit: int) -> Sequence[str]:
        """Return ids of files whose thumbnail was never measured."""
        ...

    def measure(self, file_id: str, thumbnail_size: int) -> None:
        """Write the size of a thumbnail that was never measured."""
        ...

    def purge(self, now: datetime, limit: int) -> Sequence[str]:
        """Remove files of accounts whose time to come back is over; return their ids."""
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
        """Return all keys that can be read, oldest first."""
        ...

    def unreadable(self) -> Sequence[str]:
        """Return the ids of invalid rows, which hold what we never write."""
        ...

    def put(self, record: KeyRecord) -> None:
        """Add a key, or write its new state."""
        ...

    def reseal(self, record: KeyRecord) -> None:
        """Replace a key's sealed half. The key itself does not change."""
        ...

    def remove(self, kid: str) -> None:
        """Delete a key. Tokens that it signed no longer verify."""
        ...

    def announce(self, now: datetime) -> None:
        """Tell all verifiers to read the keys again."""
        ...


class Identities(Protocol):
    """The identities at providers, and the accounts that they sign in to."""

    def add(self, identity: Identity) -> None:
        """Link an identity. Raises IdentityTaken where it is linked already."""
        ...

    def add_all(self, linked: Sequence[Identity]) -> None:
        """Link many identities. None may be linked already."""
        ...

    def find(self, who: ProviderIdentity) -> Identity | None:
        """Return the linked identity, by provider, app and subject."""
        ...

    def kin(self, who: ProviderIdentity) -> Identity | None:
        """Return the oldest identity of the same person in another app; ``None`` without one."""
        ...

    def of_user(self, user_id: str) -> Sequence[Identity]:
        """Return what is linked to an account, the oldest first."""
        ...

    def learn_union(self, identity_id: str, union: Pseudonym) -> None:
        """Write the union id of an identity that had none."""
        ...

    def remove(self, identity_id: str) -> None:
        """Unlink an identity."""
        ...


class SignInCodes(Protocol):
    """Providers' codes in use or used lately, by hash. Each has one outcome.

    A claim lasts for a time. A slower holder learns on finishing that another has taken it over.
    """

    def claim(
        self, code_hash: str, holder: str, now: datetime, *, held_until: datetime, until: datetime
    ) -> Claim:
        """Claim a code, unless it is held or has an outcome. The claim is deleted at ``until``."""
        ...

    def remember(self, code_hash: str, holder: str, who: ProviderIdentity, now: datetime) -> None:
        """Release a code and keep the provider's answer."""
        ...

    def finish(self, code_hash: str, holder: str, opened: Opened) -> bool:
        """Write the outcome; tell whether the code was still the holder's."""
        ...

    def release(self, code_hash: str, holder: str) -> None:
        """Release a code as if it had never been sent."""
        ...

    def purge(self, now: datetime, limit: int) -> int:
        """Delete what is past its time; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class StoredAppToken:
    """A token as it is stored: of no use without the master secret."""

    sealed: bytes = field(repr=False)
    expires_at: datetime


class AppTokens(Protocol):
    """Access tokens of our apps at providers, shared by all workers and fetched by one."""

    def get(self, name: str) -> StoredAppToken | None:
        """Return the token of an app, expired or not."""
        ...

    def claim(self, name: str, holder: str, now: datetime, *, held_until: datetime) -> bool:
        """Claim the right to fetch the next token. Tell whether that succeeded."""
        ...

    def put(self, name: str, holder: str, token: StoredAppToken | None) -> None:
        """Write the fetched token, or ``None`` if that failed, and release the claim."""
        ...


class Lockouts(Protocol):
    """Active lockouts, for people to see and to open."""

    def begin(self, lockout: Lockout) -> None:
        """Write a lock. It replaces the subject's former one."""
        ...

    def end_all(self, user_id: str, now: datetime) -> Sequence[Lockout]:
        """Delete a user's locks. Return those that were still active."""
        ...

    def any_over(self, now: datetime) -> bool:
        """Tell whether any lock has expired."""
        ...

    def take_over(self, now: datetime, limit: int) -> Sequence[tuple[str | None, datetime]]:
        """Delete expired locks. Return whose they were, and when they ended."""
        ...

    def count(self, now: datetime) -> int:
        """Return how many accounts are locked, in part or altogether."""
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
    def files(self) -> Files:
        """The rows of files."""
        ...

    @property
    def keys(self) -> Keys:
        """The signing keys."""
        ...

    @property
    def identities(self) -> Identities:
        """Who signs in through providers."""
        ...

    @property
    def sign_in_codes(self) -> SignInCodes:
        """Codes of providers."""
        ...

    @property
    def lockouts(self) -> Lockouts:
        """Locks for people to see."""
        ...

    @property
    def app_tokens(self) -> AppTokens:
        """Tokens of our apps at providers."""
        ...


class Store(Protocol):
    """Where everything is kept."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Open a view for reading; nothing in it may write."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; when the block is left it is durable, or undone by an exception."""
        ...


class Blobs(Protocol):
    """The bytes of files, outside any transaction. All acts raise StoreUnavailable.

    Bytes are put before their row is added, and removed after it is gone: whatever a crash comes
    between, no row lacks its bytes, and bytes without a row are found by :meth:`written_before`.
    """

    def put(self, file_id: str, rendition: Rendition, content: bytes) -> None:
        """Store the bytes of a file, completely or not at all. They are durable on return."""
        ...

    def require_room(self, size: int) -> None:
        """Raise StoreUnavailable if there is no space for so many more bytes."""
        ...

    def read(self, file_id: str, rendition: Rendition, *, start: int, length: int) -> Piece | None:
        """Return at most so many bytes from there on; ``None`` for an unknown id.

        Behind the end the piece is empty. Nothing stays open, so a slow reader holds nothing.
        """
        ...

    def remove(self, file_ids: Iterable[str]) -> None:
        """Remove everything stored under these ids. Unknown ids are no error."""
        ...

    def written_before(self, instant: datetime) -> Iterator[str]:
        """Yield the ids under which something was written before that, by the store's own clock.

        An id may come more than once.
        """
        ...


class Pictures(Protocol):
    """Encodes uploads again, outside this process's memory."""

    @property
    def busy(self) -> int:
        """How many pictures are being decoded, or wait for their turn."""
        ...

    def develop(self, upload: bytes) -> Picture:
        """Return the picture, encoded again. Only the pixels of ``upload`` survive.

        Raises UnsupportedMediaType if it is no picture, InvalidRequest (``file``) if it is
        damaged or too large, Busy if too many wait, StoreUnavailable.
        """
        ...

    def after_fork(self) -> None:
        """Go on in a forked child."""
        ...


class Throttle(Protocol):
    """Counts failures, for all processes and machines together.

    It never raises: where its storage cannot count, the process goes on counting for itself, and
    what it counted is entered when the storage can again.
    """

    def reserve(self, attempt: Attempt, now: datetime) -> Admission:
        """Reserve a place for the attempt at each of its subjects, or at no subject."""
        ...

    def fail(self, attempt: Attempt, now: datetime) -> Mapping[Subject, datetime]:
        """Count a reserved attempt as a failure. Return what it locked, and until when."""
        ...

    def give_back(self, attempt: Attempt, now: datetime, *, right: bool) -> None:
        """Free the places of an attempt.

        Where the secret was ``right``, former failures of the same source at subjects that forgive
        (:attr:`Act.forgives <tigertally.core.throttle.Act.forgives>`) are forgotten too.
        """
        ...

    def open(self, subject: Subject, now: datetime) -> None:
        """Open the lock of a subject, and forget its failures, at all processes."""
        ...

    def purge(self, now: datetime) -> None:
        """Delete what has expired."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether the storage counted when it was asked last, so that all count together."""
        ...


class SessionReader(Protocol):
    """Reads single rows outside any transaction."""

    def session(self, session_id: str) -> Session | None:
        """Return the row. Raises StoreUnavailable."""
        ...


class KeySource(Protocol):
    """Loads the key ring again."""

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
