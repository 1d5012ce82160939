"""Thread bulkhead (room): how many threads of a process may wait for providers at once.

A slow provider holds a thread for five seconds per call. If all threads waited for it, nobody could
sign out or refresh meanwhile. So some always stay free.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tigertally.errors import ProviderUnavailable

PLACES: Final = 6
"""Fewer than a process has threads (``server/edge/lanes.py``)."""

PATIENCE: Final = 1.0
"""Seconds to wait for a place: many times the answer time of a healthy provider."""


class Room:
    """The places of one process."""

    def __init__(self, places: int = PLACES, patience: float = PATIENCE) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._patience = patience
        self._jammed = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place, and give it back. Raises ProviderUnavailable if no place becomes free."""
        # After one caller gave up, the next do not wait: they would hold the free threads.
        if not self._free.acquire(timeout=0 if self._jammed else self._patience):
            self._jammed = True
            raise ProviderUnavailable("no thread is free to wait for a provider")
        try:
            yield
        finally:
            self._jammed = False
            self._free.release()
