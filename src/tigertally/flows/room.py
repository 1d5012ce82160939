"""Room at other services: how many threads of a process may wait for them at once.

A provider that has become slow holds a thread for five seconds per question. Were all threads to
wait for it, nobody could sign out or refresh meanwhile. So some always stay free.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tigertally.errors import ProviderUnavailable

PLACES: Final = 6
"""Fewer than a process has threads (``server/edge/lanes.py``)."""

PATIENCE: Final = 1.0
"""Seconds to wait for a place: many times what a provider takes that is well."""


class Room:
    """So many places, for one process."""

    def __init__(self, places: int = PLACES, patience: float = PATIENCE) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._patience = patience
        self._jammed = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place, and give it back. Raises ProviderUnavailable where none becomes free."""
        # Where somebody has waited in vain, the next do not try: they would hold the free threads.
        if not self._free.acquire(timeout=0 if self._jammed else self._patience):
            self._jammed = True
            raise ProviderUnavailable("no thread is free to wait for a provider")
        try:
            yield
        finally:
            self._jammed = False
            self._free.release()
