"""What every engine must be able to do, and how long anything may take."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import URL, ColumnElement, Connection, Engine, Select, Table

from tigertally.core.refresh import RING_ENTRY, RING_SIZE

PATIENCE: Final = 4
"""Seconds that a statement may wait, for a lock or for the server, before it is given up."""

CONNECT_PATIENCE: Final = 2
"""Seconds that a new connection may take."""

PING_PATIENCE: Final = 1
"""Seconds in which a connection that lay idle must show that it still lives."""

MIGRATION_PATIENCE: Final = 3600
"""Seconds that a statement of a migration may take: large tables do."""

# A process that is stopped, or cut off, in the middle of a transaction would keep its locks for
# hours; the head of the feed among them, and nobody could sign out anywhere. Less than the patience
# of those who wait for it.
IDLE_SHARE: Final = 0.75

CHANNEL: Final = "tally_feed"
"""What PostgreSQL notifies of when something ended."""

RING_LENGTH: Final = RING_SIZE * RING_ENTRY


def connect_patience(patience: int) -> int:
    """Return the seconds that a new connection may take, where a statement may take ``patience``.

    Behind a busy pooler a connection waits for a free one like a statement does. Who is given more
    time for the one has more for the other, up to 10 seconds.
    """
    return min(patience, max(CONNECT_PATIENCE, min(patience // 2, 10)))


def ping_patience(patience: int) -> int:
    """Return the seconds in which an idle connection must answer; up to 5, as above."""
    return min(patience, max(PING_PATIENCE, min(patience // 4, 5)))


class Dialect(Hashable, Protocol):
    """What statements and connections need to know of an engine."""

    networked: bool
    """Whether other machines may use the same database."""

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose commits are durable when they answer."""
        ...

    def require_version(self, engine: Engine) -> None:
        """Raise SetupError where the server, once connected to, is too old."""
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
        """Hold the rows found until the end of the transaction."""
        ...

    def for_update_of_free(self, query: Select[Any]) -> Select[Any]:
        """Hold the rows found, but those that another transaction holds: never wait."""
        ...

    def try_writing(self, connection: Connection) -> None:
        """Begin to write and undo it, without waiting. Raises where nothing can be written."""
        ...

    def unix_time(self, connection: Connection) -> float:
        """Return the time by the database's clock."""
        ...

    def notify(self, connection: Connection, position: int) -> None:
        """Tell listeners, with the commit, that the feed has come to this position."""
        ...

    def migrating(self, connection: Connection) -> Any:
        """Return a transaction during which, up to its commit, no other process migrates."""
        ...

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Let a table count on behind the largest number in it, after rows came with theirs."""
        ...
