"""The readers' side of the doorbell page: whether anything may have changed since the last look."""

import threading
import time
from pathlib import Path
from typing import Final

from tigertally.errors import StoreUnavailable
from tigertally.storage.doorbell.machine import ORDERED_STORES, clock_offset
from tigertally.storage.doorbell.page import Doorbell, Words

RECHECK_AFTER: Final = 0.05
"""Seconds until a reader looks again whether the file is still the one that it has mapped."""

CLOCK_STEP: Final = 1.0
"""Seconds by which a clock must jump to be noticed; one that is corrected gently never does."""


class DoorbellReader:
    """What one process remembers of the bell. ``rang`` is safe to call from any thread."""

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
        """The page, or none where there is none to rely on."""
        self._recheck()
        return self._bell

    def rang(self, max_silence: float | None = None) -> bool:
        """Tell whether anything may have changed since :meth:`answer`. Costs no system call.

        With ``max_silence`` (seconds), evidence older than that counts as a change.
        """
        if time.monotonic() >= self._recheck_at:
            self._recheck()
        bell = self._bell
        if bell is None:
            return True
        # The lease first: who renews it has rung before. Looked at last, a ring and a renewal that
        # fall between the two looks would make words that are long out of date seem fresh.
        stale = max_silence is not None and bell.silence() > max_silence
        return stale or not bell.says(*self._answered)

    def listen(self) -> Words | None:
        """Load the words before the rows are read; none without a page."""
        bell = self.bell
        return bell.read() if bell is not None and bell.is_sound() else None

    def restarted(self, words: Words | None) -> bool:
        """Tell whether these words are of another life of the page than the one answered last."""
        return words is not None and self._boot not in {0, words.boot}

    def answer(self, words: Words | None) -> None:
        """Remember, after the rows were read, that these words were answered."""
        if words is None:
            return
        self._boot = words.boot
        if words.done >= words.begun:
            self._answered = (words.boot, words.begun)

    def to_ring(self) -> Doorbell | None:
        """Return the page for somebody who is about to write, or none where nobody has one.

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
        if not ORDERED_STORES:
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
        # Somebody may still listen to the page that was there before this one.
        if age < RECHECK_AFTER:
            time.sleep(RECHECK_AFTER - age)

    def after_fork(self) -> None:
        """Go on in a forked child, where a thread that held the lock does not exist."""
        self._mapping = threading.Lock()

    def _recheck(self) -> None:
        if not ORDERED_STORES:
            self._recheck_at = float("inf")
            return
        with self._mapping:
            looked_at = time.monotonic()
            bell = self._bell
            # A file that was removed or exchanged would leave us listening to a bell that nobody
            # rings any more.
            if bell is None or not bell.is_in_place() or not bell.is_sound():
                self._exchange(bell)
            self._look_at_clock()
            self._recheck_at = looked_at + RECHECK_AFTER

    def _look_at_clock(self) -> None:
        """Make all readers read everything anew where the machine's clock was set.

        What was forgotten because its time was over matters again when that time comes back.
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
            # Others listen to it still, as we did.
            old.reboot()
