"""One thread pool for each kind of work (lane), with a bounded queue.

Submitting and counting happen on the event loop only, so neither needs a lock.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from tigertally.contract.http import Lane as LaneName

logger: logging.Logger = logging.getLogger("tigertally")

Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Width:
    """The size of a lane: threads, and requests in its queue."""

    threads: int
    waiting: int
    """Requests that may wait for a thread; more are answered `busy`."""


WIDTHS: Final[Mapping[LaneName, Width]] = {
    "common": Width(8, 512),
    # A thread that waits for its hash does nothing else: so more threads than hashes at once.
    "password": Width(12, 512),
    "pictures": Width(2, 64),
    # Files may be in a bucket. One that hangs must delay pictures only.
    "files": Width(8, 256),
    "provider": Width(8, 64),
}


class Lane:
    """Runs jobs in threads that are started when they are first needed."""

    def __init__(self, name: str, width: Width) -> None:
        self._name = name
        self._width = width
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._held = 0

    @property
    def is_full(self) -> bool:
        """Whether the next request must be refused."""
        return self._held >= self._width.threads + self._width.waiting

    def submit(self, job: Job) -> None:
        """Submit a job, which must not raise. Call :meth:`done` on the loop when it is finished."""
        self._held += 1
        if len(self._threads) < self._width.threads and self._held > len(self._threads):
            self._start()
        self._jobs.put(job)

    def done(self) -> None:
        """Note that a job is finished."""
        self._held -= 1

    def stop(self, until: float) -> None:
        """End the threads after the submitted jobs.

        Waits for them until a moment of ``time.monotonic``.
        """
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _start(self) -> None:
        # Daemons: the process ends even if a job never does.
        thread = threading.Thread(target=self._run, name=f"tally-{self._name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except BaseException:
                logger.exception("a job in the lane %s failed", self._name)


def open_lanes() -> dict[str, Lane]:
    """Return the lanes of a worker."""
    return {name: Lane(name, width) for name, width in WIDTHS.items()}
