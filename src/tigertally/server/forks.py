"""Resets a forked process that was composed before the fork."""

import os
import weakref
from collections.abc import Iterable
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


def survive_forks(
    connected: Iterable[Connected], forked: Iterable[Forked], background: Background
) -> None:
    """Make an application work in forked children if it was composed before the fork."""
    # Weak: fork handlers are never removed.
    disconnect = [weakref.ref(part) for part in connected]
    begin = [weakref.ref(part) for part in forked]
    house = weakref.ref(background)

    def before() -> None:
        # First: while this waits, other threads may open connections. The lock counts, so several
        # compositions in one process may each take it.
        LOADING.acquire()
        # SQLite's own memory of files and locks must not cross a fork: a child would take
        # its parent's locks for its own, and write while others do.
        for part in disconnect:
            if (found := part()) is not None:
                found.engine.dispose()

    def in_child() -> None:
        LOADING.release()
        for part in begin:
            if (found := part()) is not None:
                found.after_fork()
        if (found_house := house()) is not None and found_house.is_running:
            found_house.start()

    os.register_at_fork(before=before, after_in_parent=LOADING.release, after_in_child=in_child)
