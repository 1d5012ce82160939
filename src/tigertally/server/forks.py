"""Resets a forked process that was composed before the fork."""

import os
import weakref
from collections.abc import Iterable
from functools import cache
from typing import Protocol

from sqlalchemy import Engine

from tigertally.loading import LOADING
from tigertally.server.background import Background


class Connected(Protocol):
    """A part with connections, which must not cross a fork."""

    @property
    def engine(self) -> Engine:
        """The object that holds the connections."""
        ...


class Forked(Protocol):
    """A part that must forget its parent's locks and connections in a child."""

    def after_fork(self) -> None:
        """Forget them."""
        ...


class ForkCare:
    """Looks after one composition at each fork of the process, until it is closed."""

    def __init__(
        self, connected: Iterable[Connected], forked: Iterable[Forked], background: Background
    ) -> None:
        # Weak, for compositions that nobody closes.
        self._disconnect = [weakref.ref(part) for part in connected]
        self._begin = [weakref.ref(part) for part in forked]
        self._house = weakref.ref(background)

    def disconnect(self) -> None:
        """Close the connections, in the parent.

        SQLite's own memory of files and locks must not cross a fork: a child would take its
        parent's locks for its own, and write while others do.
        """
        for part in self._disconnect:
            if (found := part()) is not None:
                found.engine.dispose()

    def begin(self) -> None:
        """Start again, in the child."""
        for part in self._begin:
            if (found := part()) is not None:
                found.after_fork()
        if (house := self._house()) is not None and house.is_running:
            house.start()

    def end(self) -> None:
        """Look after it no more."""
        _watched.discard(self)


_watched: set[ForkCare] = set()


def survive_forks(
    connected: Iterable[Connected], forked: Iterable[Forked], background: Background
) -> ForkCare:
    """Make an application work in forked children if it was composed before the fork."""
    _watch_forks()
    care = ForkCare(connected, forked, background)
    _watched.add(care)
    return care


@cache
def _watch_forks() -> None:
    """Register with the system, once: nothing that was registered is ever removed."""
    if not hasattr(os, "register_at_fork"):  # Windows has no forks
        return
    os.register_at_fork(before=_before, after_in_parent=LOADING.release, after_in_child=_in_child)


def _before() -> None:
    # First: while this waits, other threads may open connections.
    LOADING.acquire()
    for care in tuple(_watched):
        care.disconnect()


def _in_child() -> None:
    LOADING.release()
    for care in tuple(_watched):
        care.begin()
