"""Limits on guessing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tigertally.core.lockouts import Lockout
from tigertally.core.throttle import Admission, Attempt, Subject


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
