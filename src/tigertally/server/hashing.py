"""Threads that hash passwords and do nothing else, of lower priority than those that answer.

On Linux the scheduler knows threads apart: amid a flood of sign-ins it lets requests pass. A thread
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
"""More than there are cores would hash no faster, and hold up those who answer."""

WAITING_MAX: Final = 512
"""Passwords that may wait: ten seconds' work of one core."""

NICENESS: Final = 10

_Found = TypeVar("_Found")

logger = logging.getLogger("tigertally")


class HashingThreads:
    """Hashes in threads of its own, which start when they are first needed."""

    def __init__(self, *, threads: int = THREADS, waiting: int = WAITING_MAX) -> None:
        self._threads = threads
        self._most = threads + waiting
        self.after_fork()

    @property
    def busy(self) -> int:
        """How many passwords are being worked on, or wait for their turn."""
        return self._held

    def run(self, work: Callable[[], _Found]) -> _Found:
        """Return what ``work`` returns. Raises Busy where too many wait, and what it raises."""
        with self._counting:
            if self._held >= self._most:
                raise Busy("too many passwords wait to be hashed")
            self._held += 1
        try:
            return self._executor.submit(work).result()
        finally:
            with self._counting:
                self._held -= 1

    def after_fork(self) -> None:
        """Go on in a forked child: threads do not come along."""
        self._counting = threading.Lock()
        self._held = 0
        self._executor = ThreadPoolExecutor(self._threads, "tally-hash", _step_back)


def _step_back() -> None:
    if sys.platform == "linux":
        # Elsewhere it would slow the whole process. A sandbox may forbid it: then all are equal.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def make_passwords(settings: Settings) -> Passwords:
    """Return what hashes passwords, at the cost that the settings say."""
    if settings.password_cost is PasswordCost.TESTING:
        logger.warning(
            "TALLY_PASSWORD_COST=testing: passwords are NOT protected; never keep any of people so"
        )
        return Passwords(time_cost=1, memory_kib=8, hashing=HashingThreads())
    return Passwords(
        time_cost=settings.password_passes,
        memory_kib=settings.password_memory_kib,
        hashing=HashingThreads(),
    )
