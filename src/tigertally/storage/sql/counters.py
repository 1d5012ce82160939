"""Counters of the ``limits`` library in our database, where there is no Redis."""

from datetime import timedelta

from limits.storage import Storage
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.clock import Clock
from tigertally.errors import StoreUnavailable
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import counters


class SqlCounters(Storage):
    """Implements the library's storage interface; its keys hold no names (see ``Subject.key``)."""

    STORAGE_SCHEME = None

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        super().__init__()
        self._store = store
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a database that does not answer raises."""
        return StoreUnavailable

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter, which begins anew when its time is over; return where it stands."""
        now = self._clock.now()
        with self._store.connection(writing=True) as connection:
            connection.execute(
                delete(counters).where(counters.c.key == key, counters.c.expires_at <= now)
            )
            more = (
                update(counters)
                .where(counters.c.key == key)
                .values(count=counters.c.count + amount)
            )
            if connection.execute(more).rowcount == 0:
                first = {"key": key, "count": amount, "expires_at": now + timedelta(seconds=expiry)}
                try:
                    with connection.begin_nested():
                        connection.execute(insert(counters).values(first))
                except IntegrityError:
                    # Another process was first: add to its counter.
                    connection.execute(more)
            found = select(counters.c.count).where(counters.c.key == key)
            return int(connection.execute(found).scalar_one())

    def get(self, key: str) -> int:
        """Return where a counter stands; 0 where it is over."""
        query = select(counters.c.count).where(
            counters.c.key == key, counters.c.expires_at > self._clock.now()
        )
        with self._store.connection(writing=False) as connection:
            return connection.execute(query).scalar() or 0

    def get_expiry(self, key: str) -> float:
        """Return when a counter is over, in Unix seconds; now where there is none."""
        query = select(counters.c.expires_at).where(counters.c.key == key)
        with self._store.connection(writing=False) as connection:
            found = connection.execute(query).scalar()
        return found.timestamp() if found else self._clock.unix()

    def check(self) -> bool:
        """Tell whether the database answers."""
        try:
            self.get("")
        except StoreUnavailable:
            return False
        return True

    def reset(self) -> int:
        """Forget all counters; return how many."""
        with self._store.connection(writing=True) as connection:
            return connection.execute(delete(counters)).rowcount

    def clear(self, key: str) -> None:
        """Forget a counter."""
        with self._store.connection(writing=True) as connection:
            connection.execute(delete(counters).where(counters.c.key == key))

    def purge(self) -> None:
        """Delete counters whose time is over."""
        with self._store.connection(writing=True) as connection:
            over = counters.c.expires_at <= self._clock.now()
            connection.execute(delete(counters).where(over))
