"""What the doorbell asks of the machine: a clock that is never set, and which run this is."""

import hashlib
import platform
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

# Counts the time that a machine sleeps, too: what was heard before is old afterwards.
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_MACHINE_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

ORDERED_STORES: Final = platform.machine().lower() in {"x86_64", "amd64"}
"""Whether this machine keeps the order of stores that the page needs."""


def moment() -> int:
    """Return the present moment of this machine in nanoseconds, by a clock that is never set."""
    return time.clock_gettime_ns(_CLOCK)


def clock_offset() -> float:
    """Return the time of day less the time that runs by itself: it moves where a clock is set."""
    return time.time() - moment() / 1e9


def digest(text: str) -> int:
    """Return 64 bits that stand for a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def machine_start() -> int:
    """Return what tells this run of the machine from others: its clock began at nought again."""
    with suppress(OSError):
        return digest(_MACHINE_BOOT.read_text("ascii"))
    return 0
