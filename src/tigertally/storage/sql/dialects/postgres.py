"""PostgreSQL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, false, func, select, text

from tigertally.storage.sql.dialects.base import CHANNEL, IDLE_SHARE, connect_patience
from tigertally.storage.sql.dialects.proof import POSTGRES_STANDING
from tigertally.storage.sql.dialects.server import ServerDialect

_READ_ONLY: Final = "25006"

# Behind a pooler, closing our connection would only give the server connection to another client.
_HANG_UP: Final = (
    "SELECT pg_terminate_backend(pg_backend_pid()) WHERE pg_is_in_recovery() "
    "OR current_setting('transaction_read_only') = 'on'"
)


class PostgresDialect(ServerDialect):
    """PostgreSQL, also behind PgBouncer."""

    oldest: Mapping[str, tuple[int, ...]] = MappingProxyType({"PostgreSQL": (12,)})

    def open(self, url: URL, *, patience: int) -> Engine:
        """Return an engine whose statements time out."""
        arguments: dict[str, Any] = {
            "connect_timeout": connect_patience(patience),
            # Behind a pooler, the next transaction may run where a statement was not prepared.
            "prepare_threshold": None,
        }
        if isinstance(url.query.get("host"), tuple):
            # Choose the one server of several that accepts writes.
            arguments["target_session_attrs"] = "read-write"
        url = url.set(drivername="postgresql+psycopg")
        return self._open(url, connect_args=arguments, patience=patience)

    def _connect(self, args: Any, options: Any, patience: int) -> Any:
        # Not at the top: the driver is an extra.
        from tigertally.storage.sql.dialects.postgres_connection import TimedConnection  # noqa: PLC0415

        connection = TimedConnection.connect(*args, **options)
        # With each transaction, because behind a pooler the next one may run on another server
        # connection. Not as startup parameters, which poolers refuse.
        limits = {
            "statement_timeout": patience * 1000,
            "lock_timeout": patience * 1000,
            "idle_in_transaction_session_timeout": int(patience * 1000 * IDLE_SHARE),
        }
        connection.limits = tuple(
            f"SET LOCAL {name} = {value}".encode() for name, value in limits.items()
        )
        return connection

    def _standing(self, connection: Any) -> str:
        row = _at_once(connection, f"SELECT {POSTGRES_STANDING}")
        return str(row[0])

    def _part(self, connection: Any) -> None:
        with suppress(Exception):
            _at_once(connection, _HANG_UP)
        connection.close()

    def _limit(self, connection: Any, seconds: float) -> None:
        connection.patience = seconds

    def _refuses_writes(self, error: BaseException) -> bool:
        return getattr(error, "sqlstate", None) == _READ_ONLY

    def go_on_counting(self, connection: Connection, table: Table) -> None:
        """Set the sequence, which ignores rows that were inserted with a number."""
        counted = (one for one in table.primary_key.columns if one.autoincrement is True)
        column = next(counted, None)
        if column is not None and table.primary_key.columns.keys() == [column.name]:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            largest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, largest, false())))

    def unix_time(self, connection: Connection) -> float:
        """Return the time by the server's clock."""
        query = text("SELECT extract(epoch FROM clock_timestamp())")
        return float(connection.execute(query).scalar_one())

    def notify(self, connection: Connection, position: int) -> None:
        """Notify. PostgreSQL sends it with the commit, or not at all."""
        connection.execute(func.pg_notify(CHANNEL, str(position)).select())

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """Hold an advisory lock until the transaction ends."""
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(7810766742)"))
            yield


def _at_once(connection: Any, query: str) -> Any:
    """Run a query outside any transaction, in one round trip, and return its row."""
    before = connection.autocommit
    connection.autocommit = True
    try:
        return connection.execute(query).fetchone()
    finally:
        if not connection.closed:
            connection.autocommit = before
