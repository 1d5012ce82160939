"""Counting with the ``limits`` library, in Redis where there is one, else in the database.

Both are shared by all processes and machines, so a limit of five is five, not five per worker.
"""

import logging
from collections.abc import Mapping
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from tigertally.clock import Clock
from tigertally.core.throttle import Act, Limit, Subject
from tigertally.errors import RateLimited

NAMESPACE: Final = "tally"

logger = logging.getLogger("tigertally")


class LimitsThrottle:
    """Implements :class:`tigertally.core.ports.Throttle`."""

    def __init__(self, storage: Storage, limits: Mapping[Act, Limit], *, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        # Counts on, for this process, while the shared storage does not answer.
        self._reserve = MemoryStorage()
        self._counters = {
            act: RateLimitItemPerSecond(limit.times, limit.seconds, namespace=NAMESPACE)
            for act, limit in limits.items()
        }
        self._locks = {
            act: RateLimitItemPerSecond(1, limit.seconds, namespace=f"{NAMESPACE}-lock")
            for act, limit in limits.items()
        }

    def require_open(self, *subjects: Subject) -> None:
        """Raise RateLimited where one of them is locked."""
        for subject in subjects:
            lock = self._locks[subject.act]
            try:
                wait = _wait(self._storage, lock, subject, self._clock.unix())
            except self._storage.base_exceptions as error:
                self._report(error)
                wait = _wait(self._reserve, lock, subject, self._clock.unix())
            if wait > 0:
                raise RateLimited(wait)

    def count(self, *subjects: Subject) -> None:
        """Count one more, and lock where that was the last one allowed."""
        for subject in subjects:
            try:
                self._count(self._storage, subject)
            except self._storage.base_exceptions as error:
                self._report(error)
                self._count(self._reserve, subject)

    def forget(self, subject: Subject) -> None:
        """Let the subject begin anew."""
        for storage in (self._storage, self._reserve):
            try:
                for item in (self._counters[subject.act], self._locks[subject.act]):
                    storage.clear(item.key_for(subject.key))
            except self._storage.base_exceptions as error:
                self._report(error)

    def _count(self, storage: Storage, subject: Subject) -> None:
        counter, lock = self._counters[subject.act], self._locks[subject.act]
        limiter = FixedWindowRateLimiter(storage)
        limiter.hit(counter, subject.key)
        if not limiter.test(counter, subject.key):
            # A lock of its own: the counter's window began with the first failure, and would
            # open again too soon after the last.
            limiter.hit(lock, subject.key)

    def _report(self, error: Exception) -> None:
        logger.warning("limits are counted in this process only: %s", type(error).__name__)


def _wait(storage: Storage, lock: RateLimitItemPerSecond, subject: Subject, now: float) -> int:
    """Return for how many seconds the subject is locked; 0 where it is not."""
    key = lock.key_for(subject.key)
    if storage.get(key) < 1:
        return 0
    return max(1, round(storage.get_expiry(key) - now))


class NoThrottle:
    """Counts nothing: for load tests, where it is asked for."""

    def require_open(self, *subjects: Subject) -> None:
        """Let everybody through."""

    def count(self, *subjects: Subject) -> None:
        """Count nothing."""

    def forget(self, subject: Subject) -> None:
        """Forget nothing."""
