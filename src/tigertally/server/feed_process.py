"""The feed process, one per machine: it reads the feed, rings the doorbell, renews the lease.

Feed *threads* inside busy workers would hear a ring tens of milliseconds late, because they wait
for the interpreter; a process of its own hears it in a fraction of one. A worker that finds the
lease expired starts it; a file lock keeps it the only one. When it is killed, the lease runs out,
workers ask the database for each request, and one of them starts another.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tigertally.secret import Secret
from tigertally.settings.whole import FROM_FILES
from tigertally.storage.doorbell.machine import moment
from tigertally.storage.doorbell.page import Doorbell
from tigertally.storage.doorbell.reader import DoorbellReader
from tigertally.storage.locks import try_lock
from tigertally.storage.sql.head import Head
from tigertally.storage.sql.watcher import Watcher

LOCK_FILE: Final = "feed.lock"
PAUSE_AFTER_FAILURE: Final = 0.05  # seconds

logger: logging.Logger = logging.getLogger("tigertally")


class FeedKeeper:
    """Looks at the database's head several times within the allowed silence."""

    def __init__(
        self, open_watcher: Callable[[], Watcher], bell: DoorbellReader, *, max_silence: float
    ) -> None:
        self._open_watcher = open_watcher
        self._bell = bell
        self._interval = min(max_silence / 4, 0.05)
        self._watcher: Watcher | None = None
        self._head: Head | None = None
        self._lost_by: str | None = None

    def run(self, is_over: Callable[[], bool]) -> None:
        """Keep watching until stopped."""
        while not is_over():
            bell = self._bell.bell
            if bell is None:
                time.sleep(PAUSE_AFTER_FAILURE)
            elif self._look(bell) and self._watcher is not None:
                self._wait(self._watcher)
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        if self._watcher is not None:
            try:
                self._watcher.close()
            except Exception as failure:  # noqa: BLE001 - it is gone either way
                logger.debug("closing failed: %s", type(failure).__name__)
        self._watcher = None

    def _look(self, bell: Doorbell) -> bool:
        # The lease counts from when the question was *sent*: the answer may be older than it seems.
        try:
            if self._watcher is None:
                self._watcher = self._open_watcher()
            sent = moment()
            head = self._watcher.head()
            if head != self._head:
                bell.ring()
                self._head = head
        except Exception as error:  # noqa: BLE001 - whatever failed, the lease runs out and says so
            self._drop(error)
            return False
        if self._lost_by is not None:
            logger.info("the feed has the database again")
            self._lost_by = None
        # After the ring: readers look at the lease first, and at the ring behind it.
        bell.renew(sent)
        return True

    def _wait(self, watcher: Watcher) -> None:
        try:
            watcher.wait(self._interval)
        except Exception as error:  # noqa: BLE001 - as above
            self._drop(error)

    def _drop(self, error: Exception) -> None:
        # Once for each cause: it is tried again many times a second.
        why = type(error).__name__
        if why != self._lost_by:
            logger.warning("the feed lost the database: %s", why)
            self._lost_by = why
        self.close()
        # Who knows what life the database has when it comes back: ring at the first look.
        self._head = None
        time.sleep(PAUSE_AFTER_FAILURE)


def _without_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return it without settings that name files: what they hold is handed over itself."""
    files = {f"TALLY_{name.upper()}_FILE" for name in FROM_FILES}
    return {name: value for name, value in environment.items() if name not in files}


def hold_lock(data_dir: Path) -> int | None:
    """Return a descriptor that makes this process the machine's only feed, or ``None``."""
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not try_lock(descriptor):
        os.close(descriptor)
        return None
    return descriptor


class FeedSupervisor:
    """In each worker: sees to it that the machine has a feed process."""

    CHECK_EVERY: Final = 0.25  # seconds

    def __init__(
        self,
        bell: DoorbellReader,
        data_dir: Path,
        *,
        database_url: Secret,
        redis_url: Secret | None,
        max_silence: float,
    ) -> None:
        self._bell = bell
        self._data_dir = data_dir
        self._database_url = database_url
        self._redis_url = redis_url
        self._max_silence = max_silence
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, stopped: threading.Event) -> None:
        """Check until stopped; then end the child that this worker started."""
        while True:
            try:
                self._ensure()
            except OSError as error:
                # No file descriptor left, no process, no folder.
                logger.warning(
                    "no feed process can be started (%s): until it can, each request costs a query "
                    "to the database",
                    error.strerror,
                )
            if stopped.wait(self.CHECK_EVERY):
                break
        if self._child is not None:
            self._end(self._child)

    @staticmethod
    def _end(child: "subprocess.Popen[bytes]") -> None:
        child.terminate()
        try:
            child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            # It is stopped, or waits for a database that is.
            child.kill()
            child.wait(timeout=5)

    def _ensure(self) -> None:
        bell = self._bell.bell
        if bell is None or bell.silence() <= self._max_silence:
            return
        if self._child is not None and self._child.poll() is None:
            return
        lock = hold_lock(self._data_dir)
        if lock is None:
            return
        options = ["--child-of", str(os.getpid()), "--lock", str(lock)]
        try:
            # The child is handed the lock itself: no other worker starts one meanwhile.
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "tigertally", "feed", *options],
                env={**_without_files(os.environ), **self._environment()},
                stdin=subprocess.DEVNULL,
                pass_fds=[lock],
            )
        finally:
            os.close(lock)

    def _environment(self) -> dict[str, str]:
        # By the environment, not as arguments: those every user of the machine can read.
        environment = {
            "TALLY_DATABASE_URL": self._database_url.reveal(),
            "TALLY_DATA_DIR": str(self._data_dir),
            "TALLY_FEED_MAX_SILENCE": str(self._max_silence),
        }
        if self._redis_url is not None:
            environment["TALLY_REDIS_URL"] = self._redis_url.reveal()
        return environment
