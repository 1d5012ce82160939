"""Background threads of each process, for work that no request should wait for."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tigertally.errors import TallyError
from tigertally.flows.keep_house import KeepHouse
from tigertally.flows.send_messages import SendMessages
from tigertally.server.feed_process import FeedSupervisor
from tigertally.server.senders import Wake

PRESENCE_EVERY: Final = 2.0  # seconds
PURGE_EVERY: Final = 3600.0
SEND_EVERY: Final = 2.0
"""Seconds after which messages of other processes, and those that failed, are looked for."""

logger: logging.Logger = logging.getLogger("tigertally")


class Background:
    """Writes presence, counts, follows the keys and shares figures every two seconds.

    Every hour it deletes what is old. Further threads send messages, one for each way. On a
    networked database it also supervises the machine's feed process.
    """

    def __init__(
        self,
        keep_house: KeepHouse,
        supervisor: FeedSupervisor | None = None,
        *,
        follow: Callable[[], None],
        publish: Callable[[], None],
        senders: Mapping[str, SendMessages],
        wake: Wake,
    ) -> None:
        self._keep_house = keep_house
        self._follow = follow
        self._publish = publish
        self._senders = senders
        self._wake = wake
        self._supervisor = supervisor
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads, unless they run."""
        if any(thread.is_alive() for thread in self._threads):
            return
        stopped = self._stopped = threading.Event()
        jobs: dict[str, Callable[[], None]] = {"tally-house": self._run}
        if (supervisor := self._supervisor) is not None:
            jobs["tally-feed"] = lambda: supervisor.run(stopped)
        for name, send in self._senders.items():
            jobs[f"tally-{name}"] = partial(self._keep_sending, stopped, name, send)
        self._threads = [
            threading.Thread(target=job, name=name, daemon=True) for name, job in jobs.items()
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped, in this process or in a parent."""
        return bool(self._threads) and not self._stopped.is_set()

    def stop(self) -> None:
        """Write the remaining notes, and stop."""
        self._stopped.set()
        self._wake()
        for thread in self._threads:
            thread.join(timeout=5)
        self._try(self._keep_house.write_presence)
        self._publish()

    def look_after(self) -> None:
        """Do the work of every two seconds. A failure is logged, and repaired by the next run."""
        self._try(self._keep_house.write_presence)
        self._try(self._keep_house.end_lockouts)
        self._try(self._keep_house.count)
        # Without requests nothing else would: a worker that only signs people in must not go on
        # signing with a retired key.
        self._try(self._follow)
        self._publish()

    def _run(self) -> None:
        # Spread out, so that the workers of a machine do not purge at the same moment.
        purge_at = time.monotonic() + random.uniform(0.1, 1) * PURGE_EVERY  # noqa: S311 - no secret
        while not self._stopped.wait(PRESENCE_EVERY):
            self.look_after()
            if time.monotonic() >= purge_at:
                self._try(self._keep_house.purge)
                purge_at = time.monotonic() + PURGE_EVERY

    def _keep_sending(self, stopped: threading.Event, name: str, send: SendMessages) -> None:
        # A thread for each way to send: a mail server that hangs must not hold up SMS.
        woken = self._wake.event(name)
        while not stopped.is_set():
            self._try(send)
            woken.wait(SEND_EVERY)
            woken.clear()

    def _try(self, journey: Callable[[], object]) -> None:
        try:
            journey()
        except TallyError as error:
            # Lost presence does no harm, and the next purge follows.
            logger.warning("housekeeping put off: %s", error)
        except Exception as error:  # noqa: BLE001 - the thread lives on, whatever it was
            # Neither its text nor its traceback: both may hold a password, or a letter.
            logger.error("work in the background failed: %s", type(error).__name__)  # noqa: TRY400
