"""Lines of attempts that wait for a place: of each, only the first asks the store."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tigertally.core.throttle import Subject

POLL: Final = 0.1
"""Seconds after which the store is asked again: another process may have freed a place."""

PATIENCE: Final = 5.0
"""Seconds to wait while none of the attempts under way comes to its end."""

WAIT_MAX: Final = 15.0
"""Seconds to wait in any case."""


class Line:
    """The attempts of one process at the same account."""

    def __init__(self) -> None:
        self.length = 0
        self._first = threading.Lock()
        self._freed = threading.Event()
        self._under_way: frozenset[str] | None = None
        self._moved_at = time.monotonic()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Become the one who asks. Raises TimeoutError where that takes too long."""
        if not self._first.acquire(timeout=WAIT_MAX):
            raise TimeoutError
        try:
            yield
        finally:
            self._first.release()

    def about_to_ask(self) -> None:
        """Call it before the store is asked: whatever is freed from here on ends the next wait."""
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
        """Say that an attempt of this process has come to its end."""
        self._freed.set()


class Waiting:
    """The lines of a process."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Begin without lines: those who stood in them are threads of the parent."""
        self._lock = threading.Lock()
        self._lines: dict[tuple[Subject, ...], Line] = {}

    @contextmanager
    def line(self, subject: tuple[Subject, ...]) -> Iterator[Line]:
        """Stand in the line of a subject, or of those without any, until the attempt is over."""
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
