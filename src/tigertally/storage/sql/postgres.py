"""PostgreSQL connections that never wait for ever, and one that listens for the feed.

Needs the extra ``tigertally[postgresql]``; imported only where a PostgreSQL database is used.
"""

import select
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine

from tigertally.storage.sql.dialects import CHANNEL, CONNECT_PATIENCE
from tigertally.storage.sql.dialects.proof import POSTGRES_STANDING
from tigertally.storage.sql.head import Head

RV = TypeVar("RV")

_INTERVAL: Final = 0.1  # seconds between two looks at whether we were interrupted
_HEAD: Final = f"SELECT position, {POSTGRES_STANDING} FROM tally_feed_head"  # noqa: S608 - a constant


class TimedConnection(psycopg.Connection[Any]):
    """Gives up on a server that is paused or cut off.

    ``statement_timeout`` is the server's own, and a server that is stopped never looks at its
    clock; the socket stays open, so TCP notices nothing either.
    """

    patience: float = CONNECT_PATIENCE
    """Seconds that one exchange may take; at first, those that make the connection ready."""

    limits: tuple[bytes, ...] = ()
    """Statements that set the server's own limits; sent together with each BEGIN."""

    def _start_query(self) -> PQGen[None]:
        # The driver sends BEGIN alone, and leaves no place to say more without another exchange.
        if self._autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        if self._pipeline is not None:
            yield from super()._start_query()
            for limit in self.limits:
                yield from self._exec_command(limit)
            return
        self._check_connection_ok()
        self.pgconn.send_query(b"; ".join((self._get_tx_start_command(), *self.limits)))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:
        """Drive one exchange with the server, until it is done or the patience is at its end."""
        limit = self.patience if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except _WaitTimeout:
            # What comes later would be taken for the answer to something else.
            self.pgconn.finish()
            raise psycopg.OperationalError("the server did not answer in time") from None


class PostgresWatcher:
    """Looks at the head of the feed, and is woken by NOTIFY between two looks."""

    def __init__(self, connection: TimedConnection, *, patience: float) -> None:
        self._connection = connection
        # A late answer renews no lease, but to give up on it too soon would mean to connect again
        # and again to a server that is merely busy.
        self._connection.patience = max(1.0, patience)
        self._notified = False
        # Also called for a notification that arrives together with an answer: `select` alone
        # would never see that one.
        self._connection.add_notify_handler(self._note)
        self._connection.execute(f"LISTEN {CHANNEL}")

    @classmethod
    def over(cls, engine: Engine, *, patience: float) -> Self | None:
        """Return a watcher over one connection, or none where NOTIFY does not reach us.

        Behind a pooler the server process is another one than we were told when we connected, and
        what it is sent may be handed to whoever uses it next.
        """
        pooled = engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        assert isinstance(connection, TimedConnection)  # noqa: S101 - the dialect made it
        try:
            connection.autocommit = True
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            if row is not None and row[0] == connection.info.backend_pid:
                return cls(connection, patience=patience)
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def head(self) -> Head:
        """Return the head of the feed. Raises psycopg.Error or ReadOnlyServer."""
        row = self._connection.execute(_HEAD).fetchone()
        if row is None:
            raise psycopg.OperationalError("the feed has no head")
        return Head.believed(position=row[0], standing=row[1])

    def wait(self, seconds: float) -> None:
        """Return when notified, or after this time."""
        if not self._notified:
            select.select([self._connection.pgconn.socket], [], [], seconds)
        # Take the notification off the wire, so that it does not wake us again.
        self._connection.pgconn.consume_input()
        while self._connection.pgconn.notifies():
            pass
        self._notified = False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _note(self, _: psycopg.Notify) -> None:
        self._notified = True
