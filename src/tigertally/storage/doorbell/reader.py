"""The reading side of the doorbell page: whether anything may have changed since the last look."""

import threading
import time
from pathlib import Path
from typing import Final

from tigertally.errors import StoreUnavailable
from tigertally.storage.doorbell.machine import HAS_PAGE, clock_offset
from tigertally.storage.doorbell.page import Doorbell, Words

RECHECK_AFTER: Final = 0.05
"""Seconds until a reader checks again that its mapped file is still in place."""

CLOCK_STEP: Final = 1.0
"""Smallest jump of the clock (seconds) that is noticed. Gradual correction stays below it."""


class DoorbellReader:
    """What one process knows of the page. Threads may call ``rang`` at the same time."""

    def __init__(self, path: Path, *, database_id: str) -> None:
        self._path = path
        self._database_id = database_id
        self._bell: Doorbell | None = None
        self._lost: Doorbell | None = None
        self._lost_at = time.monotonic()
        self._is_locked_out = False
        self._answered = (0, 0)
        self._boot = 0
        self._recheck_at = 0.0
        self._clock_offset = clock_offset()
        self._mapping = threading.Lock()

    @property
    def bell(self) -> Doorbell | None:
        """The page, or ``None`` if there is no reliable one."""
        self._recheck()
        return self._bell

    def rang(self, max_silence: float | None = None) -> bool:
        """Return whether anything may have changed since :meth:`answer`, without a system call.

        With ``max_silence`` (seconds), a lease older than that counts as a change.
        """
        if time.monotonic() >= self._recheck_at:
            self._recheck()
        bell = self._bell
        if bell is None:
            return True
        # The lease first, because it is renewed after the words change. If it were read last, a
        # change and a renewal in between would make outdated words look fresh.
        stale = max_silence is not None and bell.silence() > max_silence
        boot, begun = self._answered
        return stale or not bell.says(boot, begun)

    def listen(self) -> Words | None:
        """Load the words before the rows are read. ``None`` without a page."""
        bell = self.bell
        return bell.read() if bell is not None and bell.is_sound() else None

    def restarted(self, words: Words | None) -> bool:
        """Return whether the page was reset since the words that were answered last."""
        return words is not None and self._boot not in {0, words.boot}

    def answer(self, words: Words | None) -> None:
        """Remember these words as answered, after the rows were read."""
        if words is None:
            return
        self._boot = words.boot
        if words.done >= words.begun:
            self._answered = (words.boot, words.begun)

    def to_ring(self) -> Doorbell | None:
        """Return the page for somebody who is about to write, or ``None`` if nobody has one.

        Raises StoreUnavailable where others may listen to a page that this process cannot open:
        what it wrote would go unheard.
        """
        bell = self.bell
        if bell is None and self._lost is None and self._is_locked_out:
            raise StoreUnavailable(
                f"this user may not open {self._path}, so that nobody would hear of what ends; "
                "run this as the user of the service"
            )
        return bell

    def settle(self, rung: Doorbell | None) -> None:
        """Return once all readers are bound to hear what was just rung, or could not be."""
        if not HAS_PAGE:
            return
        bell = self.bell
        if bell is None:
            age = time.monotonic() - self._lost_at
            if self._lost is not None:
                self._lost.reboot()
        else:
            age = bell.age()
            if bell is not rung:
                bell.reboot()
        # A process may still use the page that was there before this one.
        if age < RECHECK_AFTER:
            time.sleep(RECHECK_AFTER - age)

    def close(self) -> None:
        """Let go of the page. Whoever asks again opens it again."""
        with self._mapping:
            # No explicit unmapping: another thread may be reading it.
            self._bell = self._lost = None
            self._recheck_at = 0.0

    def after_fork(self) -> None:
        """Reset locks in a forked child, where the threads that held them do not exist."""
        self._mapping = threading.Lock()

    def _recheck(self) -> None:
        if not HAS_PAGE:
            self._recheck_at = float("inf")
            return
        with self._mapping:
            looked_at = time.monotonic()
            bell = self._bell
            # If the file was removed or replaced, nobody rings the page that we have mapped.
            if bell is None or not bell.is_in_place() or not bell.is_sound():
                self._exchange(bell)
            self._look_at_clock()
            self._recheck_at = looked_at + RECHECK_AFTER

    def _look_at_clock(self) -> None:
        """Make all readers read everything again if the machine's clock was set.

        Entries that were dropped as expired matter again if the clock goes back.
        """
        offset = clock_offset()
        if abs(offset - self._clock_offset) > CLOCK_STEP and self._bell is not None:
            self._bell.reboot()
        self._clock_offset = offset

    def _exchange(self, old: Doorbell | None) -> None:
        try:
            self._bell = Doorbell(self._path, database_id=self._database_id)
        except (OSError, ValueError) as error:
            self._bell = None
            self._is_locked_out = isinstance(error, PermissionError)
            if old is not None:
                self._lost, self._lost_at = old, time.monotonic()
        else:
            self._lost = None
        if old is not None:
            # Other processes still use it, as we did.
            old.reboot()
