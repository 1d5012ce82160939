"""How tests wait: for what they need to see, and never for a time."""

import time
from collections.abc import Callable

PATIENCE = 240.0
"""Seconds after which a test gives up on what it waits for. It is no expectation: whoever waits
returns as soon as it sees what it waits for, and only what hangs takes so long, however busy the
machine is."""


def wait_until(condition: Callable[[], object], what: str, *, deadline: float = PATIENCE) -> None:
    """Return as soon as the condition holds; fail after the deadline (seconds)."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() >= end:
            raise AssertionError(f"waited {deadline} s in vain: {what}")
        time.sleep(0.01)
