"""MariaDB and MySQL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, text

from tigertally.errors import SetupError
from tigertally.storage.sql.dialects.base import IDLE_SHARE, connect_patience
from tigertally.storage.sql.dialects.proof import MYSQL_STANDING
from tigertally.storage.sql.dialects.server import ServerDialect

_READ_ONLY: Final = frozenset(
    {
        1290,  # running with --read-only
        1792,  # a read-only transaction
        1836,  # read-only mode
        1047,  # a Galera node that is not in the majority
    }
)


class MysqlDialect(ServerDialect):
    """MariaDB and MySQL."""

    # The first versions with SKIP LOCKED.
    oldest: Mapping[str, tuple[int, ...]] = MappingProxyType(
        {"MySQL": (8, 0, 3), "MariaDB": (10, 6)}
    )

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose reads and locks time out."""
        arguments = {
            "connect_timeout": connect_patience(patience),
            # The greeting of a new connection; later exchanges are limited as they come.
            "read_timeout": connect_patience(patience),
            "write_timeout": connect_patience(patience),
            # Only MariaDB reads what is in /*M! … */. MySQL has no such limits.
            "init_command": f"SET SESSION innodb_lock_wait_timeout={patience} /*M!100301 "
            f", max_statement_time={patience}"
            f", idle_transaction_timeout={max(1, int(patience * IDLE_SHARE))} */",
            "charset": "utf8mb4",
        }
        url = url.set(drivername="mysql+pymysql")
        return self._open(url, connect_args=arguments, patience=patience)

    def _limit(self, connection: Any, seconds: float) -> None:
        # The driver reads them only when it connects, and has no public way to change them later.
        connection._read_timeout = connection._write_timeout = seconds  # noqa: SLF001

    def _connect(self, args: Any, options: Any, patience: int) -> Any:
        del patience
        # Not at the top: the driver is an extra.
        import pymysql  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            connection = pymysql.connect(*args, **options)
        except TypeError:
            raise SetupError(
                "the database URL has a parameter that its driver does not know",
                remedy="remove what comes after the question mark, or use PyMySQL's names, such as "
                "?ssl_ca=/path/to/ca.pem",
            ) from None
        if _row(connection, "SHOW VARIABLES LIKE 'wsrep_on'") == ("wsrep_on", "ON"):
            # A Galera node may lag behind another one unless it is told to wait.
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION wsrep_sync_wait = 1, wsrep_dirty_reads = OFF")
        return connection

    def _standing(self, connection: Any) -> str:
        return str(_row(connection, f"SELECT {MYSQL_STANDING}")[0])

    def _part(self, connection: Any) -> None:
        with suppress(Exception):
            connection.close()

    def _refuses_writes(self, error: BaseException) -> bool:
        return bool(error.args) and error.args[0] in _READ_ONLY

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Do nothing: MySQL does so itself."""

    def unix_time(self, connection: Connection) -> float:
        """Return the time by the server's clock."""
        return float(connection.execute(text("SELECT UNIX_TIMESTAMP(SYSDATE(6))")).scalar_one())

    def notify(self, connection: Connection, position: int) -> None:
        """Do nothing: MySQL cannot notify. Readers poll, or listen to Redis."""

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """Hold a named lock, because MySQL commits after each statement that changes tables.

        The lock is around the transaction. If it were released before the commit, the next process
        would see the new tables and the old version.
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


def _row(connection: Any, query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()
