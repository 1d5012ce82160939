"""Transactions over a database. They are durable once they return."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Integer, cast, literal, select, update
from sqlalchemy.exc import SQLAlchemyError

from tigertally.clock import Clock
from tigertally.core.people import People
from tigertally.core.sessions import Session
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.storage.doorbell.reader import DoorbellReader
from tigertally.storage.sql.app_tokens import SqlAppTokens
from tigertally.storage.sql.challenges import SqlChallenges
from tigertally.storage.sql.compiled import LONGEST_TTL
from tigertally.storage.sql.contacts import SqlContacts
from tigertally.storage.sql.diagnosis import diagnose
from tigertally.storage.sql.dialects import Dialect, database_file
from tigertally.storage.sql.dialects.sqlite import patience_of
from tigertally.storage.sql.directory import SqlDirectory
from tigertally.storage.sql.events import SqlEvents
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.files import SqlFiles
from tigertally.storage.sql.identities import SqlIdentities, SqlSignInCodes
from tigertally.storage.sql.keys import SqlKeys
from tigertally.storage.sql.lockouts import SqlLockouts
from tigertally.storage.sql.messages import SqlMessages
from tigertally.storage.sql.outage import OutageGuard
from tigertally.storage.sql.outbox import FORGET_MARGIN, Outbox, database_closed
from tigertally.storage.sql.roles import SqlRoles
from tigertally.storage.sql.services import STRICT_MARGIN, SqlServiceRecords, slowest_silence
from tigertally.storage.sql.session_rows import read_proved_session
from tigertally.storage.sql.sessions import SqlSessions
from tigertally.storage.sql.statistics import SqlStatistics
from tigertally.storage.sql.tables import feed_head, meta
from tigertally.storage.sql.users import SqlUsers
from tigertally.storage.sql.writer_queue import WriterQueue

if TYPE_CHECKING:
    from tigertally.storage.sql.host_users import HostTables


class SqlTransaction:
    """Implements :class:`tigertally.core.ports.store.Transaction`. Parts are made on first use."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        outbox: Outbox,
        host: "HostTables | None" = None,
    ) -> None:
        self._host = host
        self._connection = connection
        self._dialect = dialect
        self._outbox = outbox
        self._cursor = outbox.cursor

    @cached_property
    def users(self) -> SqlUsers:
        """The accounts."""
        if self._host is not None:
            return self._host.users(self._connection, self._cursor, self._dialect)
        return SqlUsers(self._connection, self._cursor, self._dialect)

    @cached_property
    def sessions(self) -> SqlSessions:
        """The session rows."""
        parts = (self._connection, self._cursor, self._dialect, self._outbox)
        return SqlSessions(*parts) if self._host is None else self._host.sessions(*parts)

    @cached_property
    def directory(self) -> SqlDirectory:
        """Lists of all accounts and sessions."""
        return SqlDirectory(self._connection)

    @cached_property
    def events(self) -> SqlEvents:
        """The log."""
        return SqlEvents(self._connection, self._cursor)

    @cached_property
    def statistics(self) -> SqlStatistics:
        """Figures for an overview."""
        return SqlStatistics(self._connection, self._dialect)

    @cached_property
    def files(self) -> SqlFiles:
        """The rows of files."""
        return SqlFiles(self._connection, self._dialect)

    @cached_property
    def keys(self) -> SqlKeys:
        """The signing keys."""
        return SqlKeys(self._connection, self._dialect, self._outbox.announce_keys)

    @cached_property
    def roles(self) -> SqlRoles:
        """Roles, and who has them."""
        return SqlRoles(self._connection, self._dialect, self._outbox)

    @cached_property
    def identities(self) -> SqlIdentities:
        """Who signs in through providers."""
        return SqlIdentities(self._connection)

    @cached_property
    def sign_in_codes(self) -> SqlSignInCodes:
        """Codes of providers."""
        return SqlSignInCodes(self._connection, self._dialect)

    @cached_property
    def app_tokens(self) -> SqlAppTokens:
        """Tokens of our apps at providers."""
        return SqlAppTokens(self._connection)

    @cached_property
    def lockouts(self) -> SqlLockouts:
        """Locks for people to see."""
        return SqlLockouts(self._connection)

    @cached_property
    def challenges(self) -> SqlChallenges:
        """One-time codes that we sent."""
        return SqlChallenges(self._connection)

    @cached_property
    def contacts(self) -> SqlContacts:
        """Addresses and numbers of accounts."""
        return SqlContacts(self._connection)

    @cached_property
    def messages(self) -> SqlMessages:
        """Messages to be sent."""
        return SqlMessages(self._connection, self._dialect)

    @cached_property
    def services(self) -> SqlServiceRecords:
        """Other services."""
        return SqlServiceRecords(self._connection, self._dialect)


class SqlStore:
    """Implements :class:`tigertally.core.ports.store.Store`, and opens the feed beside it."""

    def __init__(
        self,
        engine: Engine,
        dialect: Dialect,
        *,
        clock: Clock,
        access_ttl: timedelta,
        data_dir: Path,
        ring_elsewhere: Callable[[int], None] | None = None,
        strict_silence: float | None = None,
    ) -> None:
        self.engine = engine
        # The same pool. Setting the option on each connection would copy it each time.
        self._writing_engine = engine.execution_options(tally_writing=True)
        self._host: HostTables | None = None
        self._strict_silence = strict_silence
        self._ring_elsewhere = ring_elsewhere
        self.dialect = dialect
        self._clock = clock
        self._keep_revocations = access_ttl + FORGET_MARGIN
        self._outage = OutageGuard()
        # SQLite's busy handler is unfair to threads. So threads queue here; it orders processes.
        self._writer = self._make_queue()
        self.bell: DoorbellReader = DoorbellReader(
            self._bell_path(data_dir), database_id=self._database_id()
        )
        self._remember_ttl(access_ttl)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """Open a view for reading."""
        with translated_errors(), self._connect() as connection, self._outage.watching():
            outbox = Outbox(connection, self.dialect, self.bell, timedelta())
            yield SqlTransaction(connection, self.dialect, outbox, self._host)

    @contextmanager
    def connection(self, *, writing: bool) -> Iterator[Connection]:
        """Open a transaction of plain statements, for work outside the flows."""
        with (
            self._writer if writing else nullcontext(),
            translated_errors(),
            self._connect(writing=writing) as connection,
            self._outage.watching(),
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """Open a transaction."""
        with self._writer, translated_errors(), self._connect(writing=True) as connection:
            outbox = Outbox(connection, self.dialect, self.bell, self._keep_revocations)
            try:
                with self._outage.watching(), connection.begin():
                    yield SqlTransaction(connection, self.dialect, outbox, self._host)
                    outbox.flush()
                    settle = self._settling(connection) if outbox.withdraws else 0.0
            finally:
                outbox.close()
        if outbox.last is not None and self._ring_elsewhere is not None:
            self._ring_elsewhere(outbox.last)
        if settle:
            # No lock is held now. After this time, each machine and each other service has heard
            # of it, or knows that its data is too old.
            time.sleep(settle)

    def _settling(self, connection: Connection) -> float:
        """Return for how many seconds a strict sign-out waits: all others rely on older data."""
        if self._strict_silence is None:
            return 0.0
        machines = self._strict_silence if self.dialect.networked else 0.0
        slowest = max(machines, slowest_silence(connection))
        return slowest + STRICT_MARGIN if slowest else 0.0

    def try_writing(self) -> None:
        """Begin a write and roll it back. Raises StoreUnavailable if nothing can be written.

        It blocks nobody and leaves nothing to clean up, because health checks may be frequent.
        """
        with translated_errors(), self._connect() as connection, self._outage.watching():
            self.dialect.try_writing(connection)
        with self.connection(writing=False) as connection:
            if connection.scalar(select(feed_head.c.position)) is None:
                raise database_closed()

    def session(self, session_id: str) -> Session | None:
        """Return one row, for strict verification."""
        with translated_errors(), self._connect() as connection, self._outage.watching():
            return read_proved_session(connection, session_id)

    def _connect(self, *, writing: bool = False) -> Connection:
        engine = self._writing_engine if writing else self.engine
        return self._outage.connect(engine.connect)

    def feed(self, engine: Engine | None = None, *, max_silence: float | None = None) -> SqlFeed:
        """Return the feed for this process, with a lease if the database is networked."""
        feed = SqlFeed(engine or self.engine, self.bell, self._clock, max_silence=max_silence)
        if self._host is not None:
            self._host = self._host.dated(lambda: feed.revocations.position)
        return feed

    def serve(self, people: People) -> None:
        """Find users in an application that keeps them itself, in every transaction from now on."""
        # Not at the top: most applications have accounts of ours.
        from tigertally.storage.sql.host_users import HostTables, prepare_stripes  # noqa: PLC0415

        if self.dialect.networked:
            with translated_errors():
                prepare_stripes(self.engine)
        self._host = HostTables(people)

    def reboot_bell(self) -> None:
        """Make every process read everything again, and repair what a killed writer left."""
        with self.writing():
            # Under the write lock, no writer is between its ticket and its commit.
            if (bell := self.bell.to_ring()) is not None:
                bell.mark_done(bell.take_ticket())
                bell.reboot()

    def close(self) -> None:
        """Close all connections, and the page of the doorbell."""
        self.engine.dispose()
        self.bell.close()

    def after_fork(self) -> None:
        """Reset locks in a forked child, where the threads that held them do not exist."""
        # The connections belong to the parent: neither use nor close them here.
        self.engine.dispose(close=False)
        self._writer = self._make_queue()
        self._outage = OutageGuard()
        self.bell.after_fork()

    def _make_queue(self) -> AbstractContextManager[None]:
        return nullcontext() if self.dialect.networked else WriterQueue(patience_of(self.engine))

    def _remember_ttl(self, access_ttl: timedelta) -> None:
        """Store the longest lifetime ever given to access tokens.

        Revocations must be kept for that long, also by a command line without the service's
        settings, or by the service after the setting was lowered.
        """
        mine = int(access_ttl.total_seconds())
        with translated_errors(), self.engine.connect() as connection:
            if int(connection.scalar(LONGEST_TTL) or 0) >= mine:
                return
        longer = update(meta).where(
            meta.c.name == "access_ttl", cast(meta.c.value, Integer) < literal(mine)
        )
        with self.connection(writing=True) as connection:
            connection.execute(longer.values(value=str(mine)))

    def _bell_path(self, data_dir: Path) -> Path:
        if self.dialect.networked:
            return data_dir / "feed.doorbell"
        # Beside the database, so that each process that opens one finds the other.
        path = database_file(self.engine)
        return path.with_name(path.name + ".doorbell")

    def _database_id(self) -> str:
        with translated_errors(), self.engine.connect() as connection:
            found = connection.scalar(select(meta.c.value).where(meta.c.name == "database_id"))
        if found is None:
            raise SetupError("the database is empty", remedy="run `tigertally db upgrade`")
        return str(found)


@contextmanager
def translated_errors(engine: Engine | None = None) -> Iterator[None]:
    """Translate SQLAlchemy's errors to StoreUnavailable, without the statement and its values.

    With the engine, the message for a file is more precise.
    """
    try:
        yield
    except SQLAlchemyError as error:
        on_file = engine is not None and engine.dialect.name == "sqlite"
        found = diagnose(error, file=database_file(engine) if engine and on_file else None)
        cause = type(getattr(error, "orig", None) or error).__name__
        raise StoreUnavailable(f"{found.problem} ({cause})", remedy=found.remedy) from error
