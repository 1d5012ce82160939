"""How tests wait: for what they need to see, and never for a time."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import psutil

PATIENCE = 240.0
"""Seconds after which a test gives up on what it waits for. It is no expectation: whoever waits
returns as soon as it sees what it waits for, and only what hangs takes so long, however busy the
machine is."""


class Answered(Protocol):
    """An answer over HTTP."""

    @property
    def status_code(self) -> int:
        """The status."""
        ...


A = TypeVar("A", bound=Answered)


def ask_until_served(ask: Callable[[], A]) -> A:
    """Ask again while the answer is 503, as clients do: a busy machine is no fault."""
    answers: list[A] = []

    def served() -> bool:
        answers.append(ask())
        return answers[-1].status_code != 503

    wait_until(served, "an answer other than 503")
    return answers[-1]


def wait_until(condition: Callable[[], object], what: str, *, deadline: float = PATIENCE) -> None:
    """Return as soon as the condition holds; fail after the deadline (seconds)."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() >= end:
            raise AssertionError(f"waited {deadline} s in vain: {what}")
        time.sleep(0.01)


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs: it exists, and is not only waiting to be reaped."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # ended since it was listed
        return False
