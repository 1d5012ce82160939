"""A PostgreSQL connection that listens for the feed.

Needs the extra ``tigertally[postgresql]``; imported only where a PostgreSQL database is used.
"""

import select
from typing import Final, Self

import psycopg
from sqlalchemy import Engine

from tigertally.storage.sql.dialects import CHANNEL
from tigertally.storage.sql.dialects.postgres_connection import TimedConnection
from tigertally.storage.sql.dialects.proof import POSTGRES_STANDING
from tigertally.storage.sql.head import Head

_HEAD: Final = f"SELECT position, {POSTGRES_STANDING} FROM tally_feed_head"  # noqa: S608 - a constant


class PostgresWatcher:
    """Looks at the head of the feed, and is woken by NOTIFY between two looks."""

    def __init__(self, connection: TimedConnection, *, patience: float) -> None:
        self._connection = connection
        # A late answer renews no lease. But giving up too soon would mean connecting again and
        # again to a server that is merely busy.
        self._connection.patience = max(1.0, patience)
        self._notified = False
        # Also called for a notification that arrives together with an answer: `select` alone
        # would never see that one.
        self._connection.add_notify_handler(self._note)
        self._connection.execute(f"LISTEN {CHANNEL}")

    @classmethod
    def over(cls, engine: Engine, *, patience: float) -> Self | None:
        """Return a watcher over one connection, or ``None`` if NOTIFY does not reach us.

        Behind a pooler the server process is not the one that answered when we connected, and its
        notifications may go to the next user of that process.
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
