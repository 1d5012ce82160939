"""The thread of each process that does what no request should wait for."""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final

from tigertally.errors import TallyError
from tigertally.flows.keep_house import KeepHouse

PRESENCE_EVERY: Final = 2.0  # seconds
PURGE_EVERY: Final = 3600.0

logger = logging.getLogger("tigertally")


class Background:
    """Writes presence every two seconds and purges about once an hour."""

    def __init__(self, keep_house: KeepHouse) -> None:
        self._keep_house = keep_house
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs."""
        if self._thread is None or not self._thread.is_alive():
            self._stopped = threading.Event()
            self._thread = threading.Thread(target=self._run, name="tally-house", daemon=True)
            self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped, in this process or in one that forked it."""
        return self._thread is not None and not self._stopped.is_set()

    def stop(self) -> None:
        """Write what is left, and stop."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._try(self._keep_house.write_presence)

    def _run(self) -> None:
        # Spread out, so that the workers of a machine do not purge at the same moment.
        purge_at = time.monotonic() + random.uniform(0.1, 1) * PURGE_EVERY  # noqa: S311 - no secret
        while not self._stopped.wait(PRESENCE_EVERY):
            self._try(self._keep_house.write_presence)
            if time.monotonic() >= purge_at:
                self._try(self._keep_house.purge)
                purge_at = time.monotonic() + PURGE_EVERY

    def _try(self, journey: Callable[[], object]) -> None:
        try:
            journey()
        except TallyError as error:
            # Presence is lost without harm, and purging comes round again.
            logger.warning("housekeeping put off: %s", error)
