"""Threads that only hash passwords, with a lower priority than the threads that answer.

On Linux, priorities belong to threads: during a flood of sign-ins other requests go first. A thread
cannot raise its priority again without a privilege, so these are never used for anything else.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from tigertally.core.passwords import Passwords
from tigertally.errors import Busy
from tigertally.settings import Settings
from tigertally.settings.passwords import PasswordCost

THREADS: Final = min(4, os.cpu_count() or 1)
"""More threads than cores would hash no faster, and would delay answers."""

WAITING_MAX: Final = 512
"""Passwords that may wait: ten seconds' work of one core."""

NICENESS: Final = 10

_Found = TypeVar("_Found")

logger: logging.Logger = logging.getLogger("tigertally")


class HashingThreads:
    """Hashes in threads of its own, which start on first use."""

    def __init__(self, *, threads: int = THREADS, waiting: int = WAITING_MAX) -> None:
        self._executor: ThreadPoolExecutor
        self._threads = threads
        self._most = threads + waiting
        self.after_fork()

    @property
    def busy(self) -> int:
        """How many passwords are being worked on, or wait for their turn."""
        return self._held

    def run(self, work: Callable[[], _Found]) -> _Found:
        """Return the result of ``work``. Raises Busy if too many wait, and what ``work`` raises."""
        with self._counting:
            if self._held >= self._most:
                raise Busy("too many passwords wait to be hashed")
            self._held += 1
        try:
            return self._executor.submit(work).result()
        finally:
            with self._counting:
                self._held -= 1

    def close(self) -> None:
        """End the threads once they are idle. The next password starts others."""
        former = self._executor
        self._executor = self._make_executor()
        former.shutdown(wait=False)

    def after_fork(self) -> None:
        """Start again in a forked child, which has none of the threads."""
        self._counting = threading.Lock()
        self._held = 0
        self._executor = self._make_executor()

    def _make_executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, "tally-hash", _step_back)


def _step_back() -> None:
    if sys.platform == "linux":
        # Elsewhere it would slow down the whole process. If a sandbox forbids it, all are equal.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def make_passwords(settings: Settings, *, imitates: bool = False) -> Passwords:
    """Return the password hasher, at the cost from the settings.

    ``imitates``: an application has hashes of its own, which are never replaced.
    """
    if settings.password_cost is PasswordCost.TESTING:
        logger.warning(
            "TALLY_PASSWORD_COST=testing: passwords are NOT protected; never keep any of people so"
        )
        return Passwords(time_cost=1, memory_kib=8, hashing=HashingThreads(), imitates=imitates)
    return Passwords(
        time_cost=settings.password_passes,
        memory_kib=settings.password_memory_kib,
        hashing=HashingThreads(),
        imitates=imitates,
    )
