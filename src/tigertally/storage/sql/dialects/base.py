"""What every database engine must provide, and time limits."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import URL, ColumnElement, Connection, Engine, Select, Table

from tigertally.core.refresh import RING_ENTRY, RING_SIZE

PATIENCE: Final = 4
"""Seconds that a statement may wait for a lock or for the server."""

CONNECT_PATIENCE: Final = 2
"""Seconds that a new connection may take."""

PING_PATIENCE: Final = 1
"""Seconds within which an idle connection must prove that it works."""

MIGRATION_PATIENCE: Final = 3600
"""Seconds that a statement of a migration may take, because tables may be large."""

# A process that stops or is cut off within a transaction would keep its locks for hours. If one of
# them is the feed head, nobody could sign out anywhere. Less than the patience of those who wait.
IDLE_SHARE: Final = 0.75

CHANNEL: Final = "tally_feed"
"""PostgreSQL's NOTIFY channel for new revocations."""

RING_LENGTH: Final = RING_SIZE * RING_ENTRY


def connect_patience(patience: int) -> int:
    """Return the seconds that a new connection may take if a statement may take ``patience``.

    Behind a busy pooler, a new connection waits for a free one like a statement. So a longer
    patience for statements allows more for connections, up to 10 seconds. A shorter one allows no
    less: a distant server needs several exchanges before the first statement, and whoever asks
    briefly must reach each server that the others reach.
    """
    return max(CONNECT_PATIENCE, min(patience // 2, 10))


def ping_patience(patience: int) -> int:
    """Return the seconds in which an idle connection must answer; up to 5, as above."""
    return min(patience, max(PING_PATIENCE, min(patience // 4, 5)))


class Dialect(Hashable, Protocol):
    """The differences between database engines, for statements and connections."""

    networked: bool
    """Whether other machines may use the same database."""

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose commits are durable once they return."""
        ...

    def require_version(self, engine: Engine) -> None:
        """Raise SetupError if the server is too old. This connects to it."""
        ...

    def append_to_ring(
        self, ring: ColumnElement[str], entry: ColumnElement[str]
    ) -> ColumnElement[str]:
        """Return the last 64 entries of the ring with this one added."""
        ...

    def earlier_of(
        self, one: ColumnElement[datetime], other: ColumnElement[datetime]
    ) -> ColumnElement[datetime]:
        """Return the earlier of the two."""
        ...

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows found until the end of the transaction."""
        ...

    def for_update_of_free(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows found, except those that another transaction has locked. Never waits."""
        ...

    def try_writing(self, connection: Connection) -> None:
        """Begin a write and roll it back, without waiting. Raises if nothing can be written."""
        ...

    def unix_time(self, connection: Connection) -> float:
        """Return the database's time, in seconds since 1970."""
        ...

    def notify(self, connection: Connection, position: int) -> None:
        """Tell listeners, with the commit, the new position of the feed."""
        ...

    def migrating(self, connection: Connection) -> Any:
        """Return a transaction during which no other process migrates."""
        ...

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Continue a table's numbers after the largest, once rows were inserted with theirs."""
        ...
