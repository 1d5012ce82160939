"""PostgreSQL connections that never wait for ever, and one that listens for the feed.

Needs the extra ``tigertally[postgresql]``; imported only where a PostgreSQL database is used.
"""

import select
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout

from tigertally.storage.sql.dialects import CHANNEL, CONNECT_PATIENCE

RV = TypeVar("RV")

_INTERVAL: Final = 0.1  # seconds between two looks at whether we were interrupted
_HEAD: Final = "SELECT position FROM tally_feed_head"


class TimedConnection(psycopg.Connection[Any]):
    """Gives up on a server that is paused or cut off.

    ``statement_timeout`` is the server's own, and a server that is stopped never looks at its
    clock; the socket stays open, so TCP notices nothing either.
    """

    patience: float = CONNECT_PATIENCE
    """Seconds that one exchange may take; at first, those that make the connection ready."""

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

    def __init__(self, conninfo: str, *, patience: float) -> None:
        self._connection = TimedConnection.connect(
            conninfo, autocommit=True, connect_timeout=CONNECT_PATIENCE
        )
        # A late answer renews no lease, but to give up on it too soon would mean to connect again
        # and again to a server that is merely busy.
        self._connection.patience = max(1.0, patience)
        self._notified = False
        # Also called for a notification that arrives together with an answer: `select` alone
        # would never see that one.
        self._connection.add_notify_handler(self._note)
        self._connection.execute(f"LISTEN {CHANNEL}")

    def position(self) -> int:
        """Return the head of the feed. Raises psycopg.Error."""
        row = self._connection.execute(_HEAD).fetchone()
        if row is None:
            raise psycopg.OperationalError("the feed has no head")
        return int(row[0])

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
