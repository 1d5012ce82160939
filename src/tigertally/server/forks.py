"""What a process that is forked after it was composed must let go of, and begin again."""

import os
import weakref
from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Engine

from tigertally.server.background import Background


class Connected(Protocol):
    """A part with connections, which must not cross a fork."""

    @property
    def engine(self) -> Engine:
        """What holds the connections."""
        ...


class Forked(Protocol):
    """A part that must forget, in a child, the locks and connections of its parent."""

    def after_fork(self) -> None:
        """Forget them."""
        ...


def survive_forks(
    connected: Iterable[Connected], forked: Iterable[Forked], background: Background
) -> None:
    """Make an application that was composed before a server forked work in its children too."""
    # Weak: the system never forgets what it was asked to do at a fork.
    disconnect = [weakref.ref(part) for part in connected]
    begin = [weakref.ref(part) for part in forked]
    house = weakref.ref(background)

    def before() -> None:
        # SQLite's own memory of files and locks must not be carried across: a child would take
        # its parent's locks for its own, and write beside everybody else.
        for part in disconnect:
            if (found := part()) is not None:
                found.engine.dispose()

    def in_child() -> None:
        for part in begin:
            if (found := part()) is not None:
                found.after_fork()
        if (found_house := house()) is not None and found_house.is_running:
            found_house.start()

    os.register_at_fork(before=before, after_in_child=in_child)
