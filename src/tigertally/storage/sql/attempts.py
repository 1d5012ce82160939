"""The states of attempts in our database, without Redis: one row for each subject."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import attempts
from tigertally.storage.throttle import Exchange


class _OvertakenError(Exception):
    """Another process has written to a row in the meantime."""


class SqlStates:
    """Implements :class:`tigertally.storage.throttle.States`."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def load(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the stored texts."""
        query = select(attempts.c.key, attempts.c.state).where(attempts.c.key.in_(keys))
        with self._store.connection(writing=False) as connection:
            return {row.key: row.state for row in connection.execute(query)}

    def exchange(self, exchanges: Sequence[Exchange]) -> bool:
        """Replace the old texts by new ones, with guarded statements in one transaction."""
        try:
            with self._store.connection(writing=True) as connection:
                # In the order of their keys, so that two processes never deadlock.
                for one in sorted(exchanges, key=lambda one: one.key):
                    _write(connection, one)
        except _OvertakenError:
            return False
        return True

    def purge(self, now: datetime) -> None:
        """Delete expired rows."""
        with self._store.connection(writing=True) as connection:
            connection.execute(delete(attempts).where(attempts.c.expires_at <= now))


def _write(connection: Connection, one: Exchange) -> None:
    values = {"state": one.new, "expires_at": one.until}
    if one.old is not None:
        same = (attempts.c.key == one.key, attempts.c.state == one.old)
        if connection.execute(update(attempts).where(*same).values(values)).rowcount == 0:
            raise _OvertakenError
        return
    try:
        connection.execute(insert(attempts).values(key=one.key, **values))
    except IntegrityError:
        raise _OvertakenError from None
