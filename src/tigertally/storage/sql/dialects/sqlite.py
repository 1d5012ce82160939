"""SQLite: a file."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    func,
)
from sqlalchemy.exc import InvalidatePoolError

from tigertally.errors import SetupError, StoreUnavailable
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.dialects.base import RING_LENGTH
from tigertally.storage.sql.dialects.discreet import DISCREET
from tigertally.storage.sql.dialects.translation import raise_translated

_PATIENCE: Final = "tally_patience"


class SqliteDialect:
    """SQLite: one writer at a time, locked from the start of a writing transaction."""

    networked = False

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine in WAL mode."""
        if not url.database or url.database == ":memory:":
            raise SetupError(
                "a SQLite database in memory cannot be shared by processes",
                remedy="name a file, like sqlite:////var/lib/tigertally/tally.db",
            )
        if url.query or url.drivername not in {"sqlite", "sqlite+pysqlite"}:
            raise SetupError(
                "the address of the SQLite database names a driver or parameters",
                remedy="write only the file, like sqlite:////var/lib/tigertally/tally.db",
            )
        engine = create_engine(
            url,
            connect_args={"timeout": patience},
            execution_options={_PATIENCE: patience},
            **DISCREET,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        _follow_file(engine)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def require_version(self, engine: Engine) -> None:
        """Do nothing: SQLite comes with Python."""

    def append_to_ring(
        self, ring: ColumnElement[str], entry: ColumnElement[str]
    ) -> ColumnElement[str]:
        """Return the last entries by a negative start."""
        return func.substr(ring + entry, -RING_LENGTH)

    def earlier_of(
        self, one: ColumnElement[datetime], other: ColumnElement[datetime]
    ) -> ColumnElement[datetime]:
        """Return the smaller. With two arguments, SQLite's ``min`` is a scalar function."""
        return func.min(one, other, type_=Instant)

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Return the query: the write lock is held."""
        return query

    def for_update_of_free(self, query: Select[Any]) -> Select[Any]:
        """Return the query: the write lock is held."""
        return query

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Do nothing: SQLite does so itself."""

    def unix_time(self, connection: Connection) -> float:
        """Return this machine's time, because the database is a file on it."""
        del connection
        return time.time()

    def try_writing(self, connection: Connection) -> None:
        """Take the write lock briefly. If another process holds it, writing works."""
        driver: Any = connection.connection.driver_connection
        (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            driver.execute("BEGIN IMMEDIATE")
            driver.execute("ROLLBACK")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise StoreUnavailable(f"the database cannot be written: {error}") from None
        finally:
            driver.execute(f"PRAGMA busy_timeout = {patience}")

    def notify(self, connection: Connection, position: int) -> None:
        """Do nothing: the doorbell page reaches everybody who can open the file."""

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """Begin a transaction. It holds the write lock until the commit."""
        with connection.begin():
            yield


def database_file(engine: Engine) -> Path:
    """Return the path of a SQLite database."""
    return Path(str(engine.url.database)).resolve()


def _follow_file(engine: Engine) -> None:
    """Drop connections to a file that is no longer the database.

    If a backup was moved into its place, they would still write to the old file, and those writes
    would be lost.
    """
    path = str(database_file(engine))

    @event.listens_for(engine, "connect")
    def remember(_: object, record: Any) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def compare(_: object, record: Any, _proxy: object) -> None:
        try:
            found = _identity(path)
        except FileNotFoundError:
            raise StoreUnavailable("the database file is missing") from None
        except OSError:
            return  # We cannot see the file, but the connection works.
        if found != record.info["file"]:
            raise InvalidatePoolError("the database file was replaced")


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - a third of the time, at each use of a connection
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions itself, too late for BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL may lose the last commits at a power cut, and with them an answered sign-out.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that first reads and then writes fails with SQLITE_BUSY if another one wrote in
    # between, whatever the busy time-out.
    writing = connection.get_execution_options().get("tally_writing", False)
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
    except sqlite3.Error as error:
        raise_translated(connection, error)


def patience_of(engine: Engine) -> float:
    """Return the seconds that a writer may wait for others, as set when the engine was opened."""
    return float(engine.get_execution_options()[_PATIENCE])
