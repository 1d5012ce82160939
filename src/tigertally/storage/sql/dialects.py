"""The narrow edge where database engines differ."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    false,
    func,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, NoSuchModuleError

from tigertally.core.refresh import RING_ENTRY, RING_SIZE
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.storage.sql.tables import Instant

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
_IDLE_SHARE: Final = 0.75

CHANNEL: Final = "tally_feed"
"""What PostgreSQL notifies of when something ended."""

_RING_LENGTH: Final = RING_SIZE * RING_ENTRY


class Dialect(Hashable, Protocol):
    """What statements and connections need to know of an engine."""

    networked: bool
    """Whether other machines may use the same database."""

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose commits are durable when they answer."""
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

    def notify(self, connection: Connection, position: int) -> None:
        """Tell listeners, with the commit, that the feed has come to this position."""
        ...

    def migrating(self, connection: Connection) -> Any:
        """Return a transaction during which, up to its commit, no other process migrates."""
        ...

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Let a table count on behind the largest number in it, after rows came with theirs."""
        ...


class SqliteDialect:
    """SQLite: one writer at a time, and it knows so from the start."""

    networked = False

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine in WAL mode."""
        if not url.database or url.database == ":memory:":
            raise SetupError(
                "a SQLite database in memory cannot be shared by processes",
                remedy="name a file, like sqlite:////var/lib/tigertally/tally.db",
            )
        engine = create_engine(url, connect_args={"timeout": patience}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        _follow_file(engine)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def append_to_ring(
        self, ring: ColumnElement[str], entry: ColumnElement[str]
    ) -> ColumnElement[str]:
        """Return the last entries by a negative start."""
        return func.substr(ring + entry, -_RING_LENGTH)

    def earlier_of(
        self, one: ColumnElement[datetime], other: ColumnElement[datetime]
    ) -> ColumnElement[datetime]:
        """Return the smaller; ``min`` of two arguments is SQLite's scalar one."""
        return func.min(one, other, type_=Instant)

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Return the query: the write lock is held."""
        return query

    def for_update_of_free(self, query: Select[Any]) -> Select[Any]:
        """Return the query: the write lock is held."""
        return query

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Do nothing: it does so by itself."""

    def notify(self, connection: Connection, position: int) -> None:
        """Do nothing: the doorbell page reaches everybody who can open the file."""

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """Begin: the write lock is held from there to the commit."""
        with connection.begin():
            yield


class _ServerDialect:
    """What PostgreSQL and MySQL have in common."""

    networked = True

    def append_to_ring(
        self, ring: ColumnElement[str], entry: ColumnElement[str]
    ) -> ColumnElement[str]:
        """Return the rightmost entries."""
        return func.right(func.concat(ring, entry), _RING_LENGTH)

    def earlier_of(
        self, one: ColumnElement[datetime], other: ColumnElement[datetime]
    ) -> ColumnElement[datetime]:
        """Return the smaller."""
        return func.least(one, other, type_=Instant)

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows."""
        return query.with_for_update()

    def for_update_of_free(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows that can be had at once."""
        return query.with_for_update(skip_locked=True)

    def _open(self, url: URL, *, connect_args: dict[str, Any], patience: int) -> Engine:
        engine = create_engine(
            url,
            # Each statement sees what is committed; what must hold together is locked by name.
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=patience,
            pool_size=8,
            max_overflow=8,
            connect_args=connect_args,
        )

        @event.listens_for(engine, "checkout")
        def checked_out(connection: Any, _record: object, _proxy: object) -> None:
            # A little longer than the server's own limit, so that it may speak first.
            self._limit(connection, patience * 1.2)

        @event.listens_for(engine, "checkin")
        def checked_in(connection: Any, _record: object) -> None:
            # The next that it must answer is a ping.
            if connection is not None:
                self._limit(connection, min(patience, PING_PATIENCE))

        return engine

    def _limit(self, connection: Any, seconds: float) -> None:
        """Let the driver's connection give up on an exchange after this time."""
        raise NotImplementedError


class PostgresDialect(_ServerDialect):
    """PostgreSQL."""

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose statements give up in time."""
        options = {
            "statement_timeout": patience * 1000,
            "lock_timeout": patience * 1000,
            "idle_in_transaction_session_timeout": int(patience * 1000 * _IDLE_SHARE),
        }
        arguments = {
            "connect_timeout": min(patience, CONNECT_PATIENCE),
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        }
        url = url.set(drivername="postgresql+psycopg")
        engine = self._open(url, connect_args=arguments, patience=patience)
        # Not at the top: the driver is an extra.
        from tigertally.storage.sql.postgres import TimedConnection  # noqa: PLC0415

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: object, _record: object, args: Any, options: Any) -> Any:
            return TimedConnection.connect(*args, **options)

        return engine

    def _limit(self, connection: Any, seconds: float) -> None:
        connection.patience = seconds

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Set the sequence: PostgreSQL's knows nothing of rows that came with a number."""
        column = table.autoincrement_column
        if column is not None and table.primary_key.columns.keys() == [column.name]:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            largest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, largest, false())))

    def notify(self, connection: Connection, position: int) -> None:
        """Notify; PostgreSQL sends it with the commit, or not at all."""
        connection.execute(func.pg_notify(CHANNEL, str(position)).select())

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """Hold an advisory lock until the transaction ends."""
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(7810766742)"))
            yield


class MysqlDialect(_ServerDialect):
    """MariaDB and MySQL."""

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose reads and locks give up in time."""
        arguments = {
            "connect_timeout": min(patience, CONNECT_PATIENCE),
            # The greeting of a new connection; later exchanges are limited as they come.
            "read_timeout": min(patience, CONNECT_PATIENCE),
            "write_timeout": min(patience, CONNECT_PATIENCE),
            # What stands in /*M! … */ only MariaDB reads: MySQL has no such limits.
            "init_command": f"SET SESSION innodb_lock_wait_timeout={patience} /*M!100301 "
            f", max_statement_time={patience}"
            f", idle_transaction_timeout={max(1, int(patience * _IDLE_SHARE))} */",
            "charset": "utf8mb4",
        }
        url = url.set(drivername="mysql+pymysql")
        return self._open(url, connect_args=arguments, patience=patience)

    def _limit(self, connection: Any, seconds: float) -> None:
        # The driver takes them when it connects only, and asks for no leave to change them later.
        connection._read_timeout = connection._write_timeout = seconds  # noqa: SLF001

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Do nothing: it does so by itself."""

    def notify(self, connection: Connection, position: int) -> None:
        """Do nothing: there is nobody to tell; readers poll, or listen to Redis."""

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """Hold a named lock: statements that change tables commit by themselves here.

        Around the transaction, not within it: let go before the commit, the next process would find
        the tables and not yet the version that says so.
        """
        with connection.begin():
            held = connection.execute(text("SELECT GET_LOCK('tally_migration', 600)")).scalar()
        if held != 1:
            raise SetupError(
                "another process has been changing the database's schema for ten minutes",
                remedy="see whether it still runs, then start again",
            )
        try:
            with connection.begin():
                yield
        finally:
            with connection.begin():
                connection.execute(text("SELECT RELEASE_LOCK('tally_migration')"))


_DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": SqliteDialect(),
    "postgresql": PostgresDialect(),
    "postgres": PostgresDialect(),
    "mysql": MysqlDialect(),
    "mariadb": MysqlDialect(),
}

_EXTRAS: Final = {"postgresql": "postgresql", "postgres": "postgresql"}


def open_engine(database_url: str, *, patience: int = PATIENCE) -> tuple[Engine, Dialect]:
    """Return an engine for a database, and its dialect. Raises SetupError.

    Make one per process, after a fork: connections cannot be shared across it.
    """
    try:
        url = make_url(database_url)
        kind = url.drivername.partition("+")[0]
        dialect = _DIALECTS[kind]
        return dialect.open(url, patience=patience), dialect
    except ArgumentError:
        raise SetupError(
            "the database URL cannot be read",
            remedy="write it like sqlite:////var/lib/tigertally/tally.db or "
            "postgresql://user:password@host/name",
        ) from None
    except KeyError:
        raise SetupError(
            f"databases of the kind `{kind}` are not supported",
            remedy="use SQLite, PostgreSQL, MariaDB or MySQL",
        ) from None
    except (ModuleNotFoundError, NoSuchModuleError):
        extra = _EXTRAS.get(kind, "mysql")
        raise SetupError(
            f"the driver for {kind} is not installed",
            remedy=f"pip install 'tigertally[{extra}]'",
        ) from None


def database_file(engine: Engine) -> Path:
    """Return where a SQLite database lies."""
    return Path(str(engine.url.database)).resolve()


def _follow_file(engine: Engine) -> None:
    """Let go of connections to a file that is not the database's any more.

    Where a backup is moved into its place, they would go on with the one that was there before, and
    all that they write would be lost.
    """
    path = database_file(engine)

    @event.listens_for(engine, "connect")
    def remember(_: object, record: Any) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def compare(_: object, record: Any, _proxy: object) -> None:
        try:
            found = _identity(path)
        except FileNotFoundError:
            raise StoreUnavailable("the database's file is gone") from None
        except OSError:
            return  # Hidden from us, but the connection goes on.
        if found != record.info["file"]:
            raise InvalidatePoolError("the database's file was exchanged")


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, too late to be immediate.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL may lose the last commits at a power cut: a sign-out that was answered would be undone.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins by reading and writes later would fail with SQLITE_BUSY where
    # another one wrote in between, whatever the busy time-out.
    writing = connection.get_execution_options().get("tally_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
