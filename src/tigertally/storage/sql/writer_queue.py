"""The queue of one process's writers, on an engine with a single writer."""

import threading

from tigertally.errors import StoreUnavailable


class WriterQueue:
    """Lets one thread of the process write at a time. The others wait for a limited time."""

    def __init__(self, patience: float) -> None:
        self._lock, self._patience = threading.Lock(), patience

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._patience):
            raise StoreUnavailable("waited too long for other writers")

    def __exit__(self, *_: object) -> None:
        self._lock.release()
