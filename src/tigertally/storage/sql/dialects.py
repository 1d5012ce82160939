"""The narrow edge where database engines differ."""

from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select, func, literal

from tigertally.core.refresh import RING_ENTRY, RING_SIZE
from tigertally.storage.sql.tables import Instant

_RING_LENGTH: Final = RING_SIZE * RING_ENTRY


class Dialect(Protocol):
    """What the statements need to know of an engine."""

    begin_writing: str
    """How a transaction that will write begins."""

    def append_to_ring(self, ring: ColumnElement[str], entry: str) -> ColumnElement[str]:
        """Return the last 64 entries of the ring with this one added."""
        ...

    def earlier_of(
        self, column: ColumnElement[datetime], instant: datetime
    ) -> ColumnElement[datetime]:
        """Return the earlier of the two."""
        ...

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows found, where the transaction's begin has not locked everything already."""
        ...


class SqliteDialect:
    """SQLite: one writer at a time, and it knows so from the start."""

    # A transaction that begins by reading and writes later would fail with SQLITE_BUSY where
    # another one wrote in between, whatever the busy time-out.
    begin_writing = "BEGIN IMMEDIATE"

    def append_to_ring(self, ring: ColumnElement[str], entry: str) -> ColumnElement[str]:
        """Return the last entries by a negative start."""
        return func.substr(ring + literal(entry), -_RING_LENGTH)

    def earlier_of(
        self, column: ColumnElement[datetime], instant: datetime
    ) -> ColumnElement[datetime]:
        """Return the smaller; ``min`` of two arguments is SQLite's scalar one."""
        return func.min(column, literal(instant, Instant), type_=Instant)

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Return the query: the write lock is held."""
        return query
