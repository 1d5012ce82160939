"""Transactions over one SQLite database, durable before they answer."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from tigertally.clock import Clock
from tigertally.core.keys import KeyRing
from tigertally.core.sessions import Session
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.secret import Secret
from tigertally.storage.doorbell import DoorbellReader
from tigertally.storage.sql.app_tokens import SqlAppTokens
from tigertally.storage.sql.dialects import Dialect, SqliteDialect
from tigertally.storage.sql.events import SqlEvents
from tigertally.storage.sql.feed import DoorbellFeed
from tigertally.storage.sql.identities import SqlIdentities, SqlSignInCodes
from tigertally.storage.sql.keys import SqlKeys
from tigertally.storage.sql.sessions import SqlSessions, read_session
from tigertally.storage.sql.tables import meta, revocations
from tigertally.storage.sql.users import SqlUsers

BUSY_TIMEOUT_MS: Final = 5_000

FORGET_MARGIN: Final = timedelta(seconds=120)
"""Kept in the feed this much longer than an access token lives, for clocks that disagree."""


def open_engine(database_url: str) -> Engine:
    """Return an engine for a database file. Raises SetupError.

    Make one per process, after a fork: connections cannot be shared across it.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise SetupError(
            "the database URL cannot be read",
            remedy="write it like sqlite:////var/lib/tigertally/tally.db",
        ) from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise SetupError(
            f"databases of the kind `{url.get_backend_name()}` are not supported by this version",
            remedy="use a SQLite file, like sqlite:////var/lib/tigertally/tally.db",
        )
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def database_path(engine: Engine) -> Path:
    """Return where the database file lies."""
    return Path(str(engine.url.database)).resolve()


def _prepare_connection(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, too late to be immediate.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL may lose the last commits at a power cut: a sign-out that was answered would be undone.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("tally_writing", False)
    connection.exec_driver_sql(SqliteDialect.begin_writing if writing else "BEGIN")


@dataclass(frozen=True, slots=True)
class SqlTransaction:
    """Implements :class:`tigertally.core.ports.Transaction`."""

    users: SqlUsers
    sessions: SqlSessions
    events: SqlEvents
    keys: SqlKeys
    identities: SqlIdentities
    sign_in_codes: SqlSignInCodes
    app_tokens: SqlAppTokens


class Outbox:
    """Enters what ended into the feed, and rings once the transaction is over."""

    def __init__(self, connection: Connection, bell: DoorbellReader, keep: timedelta) -> None:
        self._connection = connection
        self._bell = bell.bell
        self._keep = keep
        self._ticket: int | None = None

    def revoke(self, ended: Sequence[Session], now: datetime) -> None:
        """Enter sessions that ended."""
        rows: list[dict[str, str | None]] = [
            {"session_id": session.id, "reason": session.ending.reason.value}
            for session in ended
            if session.ending
        ]
        self._enter(rows, now)

    def announce_keys(self, now: datetime) -> None:
        """Enter a change of the signing keys."""
        self._enter([{"session_id": None, "reason": None}], now)

    def _enter(self, rows: list[dict[str, str | None]], now: datetime) -> None:
        if self._bell is not None and self._ticket is None:
            self._ticket = self._bell.take_ticket()
        forget_at = now + self._keep
        self._connection.execute(
            insert(revocations), [{**row, "forget_at": forget_at} for row in rows]
        )

    def close(self) -> None:
        """Say that the transaction is committed or undone."""
        if self._bell is not None and self._ticket is not None:
            self._bell.mark_done(self._ticket)


class SqlStore:
    """Implements :class:`tigertally.core.ports.Store`, and opens the feed beside it."""

    def __init__(
        self, engine: Engine, *, clock: Clock, access_ttl: timedelta, dialect: Dialect | None = None
    ) -> None:
        self.engine = engine
        self._clock = clock
        self._dialect = dialect or SqliteDialect()
        self._keep_revocations = access_ttl + FORGET_MARGIN
        # SQLite's busy handler is unfair under threads: queue here, and let it settle processes.
        self._writer = threading.Lock()
        path = database_path(engine)
        self.bell = DoorbellReader(
            path.with_name(path.name + ".doorbell"), database_id=self._database_id()
        )

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """Open a view for reading."""
        with translated_errors(), self.engine.connect() as connection:
            yield self._transaction(connection, Outbox(connection, self.bell, timedelta()))

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """Open a transaction."""
        if not self._writer.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise StoreUnavailable("waited too long for other writers")
        try:
            with translated_errors(), self.engine.connect() as plain:
                connection = plain.execution_options(tally_writing=True)
                outbox = Outbox(connection, self.bell, self._keep_revocations)
                try:
                    with connection.begin():
                        yield self._transaction(connection, outbox)
                finally:
                    outbox.close()
        finally:
            self._writer.release()

    def session(self, session_id: str) -> Session | None:
        """Return one row, for strict verification."""
        with translated_errors(), self.engine.connect() as connection:
            return read_session(connection, session_id)

    def feed(self) -> DoorbellFeed:
        """Return the feed for this process."""
        return DoorbellFeed(self.engine, self.bell, self._clock)

    def _transaction(self, connection: Connection, outbox: Outbox) -> SqlTransaction:
        return SqlTransaction(
            users=SqlUsers(connection),
            sessions=SqlSessions(connection, self._dialect, outbox),
            events=SqlEvents(connection),
            keys=SqlKeys(connection, outbox.announce_keys),
            identities=SqlIdentities(connection),
            sign_in_codes=SqlSignInCodes(connection),
            app_tokens=SqlAppTokens(connection),
        )

    def _database_id(self) -> str:
        with translated_errors(), self.engine.connect() as connection:
            found = connection.scalar(select(meta.c.value).where(meta.c.name == "database_id"))
        if found is None:
            raise SetupError("the database is empty", remedy="run `tigertally db upgrade`")
        return str(found)


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """Implements :class:`tigertally.core.ports.KeySource`."""

    store: SqlStore
    master: Secret

    def load_ring(self) -> KeyRing:
        """Return the ring as it is stored now."""
        with self.store.reading() as tx:
            return KeyRing(tx.keys.all(), master=self.master)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the library's errors into ours; the statement and its values stay out of the text."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        raise StoreUnavailable(f"the database failed: {cause}") from error
