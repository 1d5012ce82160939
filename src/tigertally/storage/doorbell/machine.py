"""What the doorbell needs of the machine: a clock that nobody sets, and an id of this boot."""

import hashlib
import platform
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tigertally.storage.locks import HAS_LOCKS

# It includes the time that a machine sleeps: what was known before is old afterwards.
_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
_MACHINE_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

ORDERED_STORES: Final = platform.machine().lower() in {"x86_64", "amd64"}
"""Whether this machine guarantees the order of stores that the page needs."""

HAS_PAGE: Final = ORDERED_STORES and HAS_LOCKS
"""Whether processes of this machine share a page."""


def moment() -> int:
    """Return this machine's time in nanoseconds, by a clock that nobody sets."""
    return time.monotonic_ns() if _CLOCK is None else time.clock_gettime_ns(_CLOCK)


def clock_offset() -> float:
    """Return wall clock minus :func:`moment`, in seconds. It changes when a clock is set."""
    return time.time() - moment() / 1e9


def digest(text: str) -> int:
    """Return a 64-bit digest of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def machine_start() -> int:
    """Return an id of this boot, or 0 if unknown. With each boot the clock begins at zero."""
    with suppress(OSError):
        return digest(_MACHINE_BOOT.read_text("ascii"))
    return 0
