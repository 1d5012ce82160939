"""Helps to log each thing once, and only a few of its kind."""

import threading


class Once:
    """Tells whether a thing is new. After ``limit`` things, nothing is new."""

    def __init__(self, limit: int = 16) -> None:
        self._limit = limit
        self._seen: set[object] = set()
        self._lock = threading.Lock()

    def is_new(self, thing: object) -> bool:
        """Tell whether this is the first time, and remember it."""
        with self._lock:
            if thing in self._seen or len(self._seen) >= self._limit:
                return False
            self._seen.add(thing)
            return True
