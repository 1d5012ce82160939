"""Queues (lines) of attempts that wait for a place. Only the first of each asks the store."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tigertally.core.throttle import Subject

POLL: Final = 0.1
"""Seconds after which the store is asked again: another process may have freed a place."""

PATIENCE: Final = 5.0
"""Seconds to wait while no attempt under way ends."""

WAIT_MAX: Final = 15.0
"""Seconds to wait at most."""


class Line:
    """The queue of one process's attempts at the same account."""

    def __init__(self) -> None:
        self.length = 0
        self._first = threading.Lock()
        self._freed = threading.Event()
        self._under_way: frozenset[str] | None = None
        self._moved_at = time.monotonic()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Become the first of the line. Raises TimeoutError if that takes too long."""
        if not self._first.acquire(timeout=WAIT_MAX):
            raise TimeoutError
        try:
            yield
        finally:
            self._first.release()

    def about_to_ask(self) -> None:
        """Call this before asking the store: a place freed from here on ends the next wait."""
        self._freed.clear()

    def wait(self, under_way: frozenset[str], until: float) -> None:
        """Return when a place may be free; ``until`` is of ``time.monotonic``.

        Raises TimeoutError then, or when those under way have been the same for too long.
        """
        now = time.monotonic()
        if under_way != self._under_way:
            self._under_way, self._moved_at = under_way, now
        left = min(until, self._moved_at + PATIENCE) - now
        if left <= 0:
            raise TimeoutError
        self._freed.wait(min(POLL, left))

    def move_on(self) -> None:
        """Report that an attempt of this process ended."""
        self._freed.set()


class Waiting:
    """All lines of a process."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Start without lines in a forked child: the waiting threads are the parent's."""
        self._lock = threading.Lock()
        self._lines: dict[tuple[Subject, ...], Line] = {}

    @contextmanager
    def line(self, subject: tuple[Subject, ...]) -> Iterator[Line]:
        """Join the line of these subjects until the attempt ends."""
        with self._lock:
            line = self._lines.setdefault(subject, Line())
            line.length += 1
        try:
            yield line
        finally:
            with self._lock:
                line.length -= 1
                if not line.length:
                    del self._lines[subject]
