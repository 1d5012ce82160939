"""Looking at the head of the feed, for the feed process of a machine."""

import time
from typing import Protocol

from sqlalchemy import Engine, make_url, select

from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.tables import feed_head


class Waiter(Protocol):
    """Something that may wake us before the time."""

    def wait(self, seconds: float) -> None:
        """Return when woken, or after this time."""
        ...


class Watcher(Waiter, Protocol):
    """Tells how far the feed has come."""

    def position(self) -> int:
        """Return the head of the feed, as committed when this call began, or later."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class PollingWatcher:
    """Asks again and again; woken in between where something can wake it."""

    def __init__(self, engine: Engine, waiter: Waiter | None) -> None:
        self._engine = engine
        self._waiter = waiter

    def position(self) -> int:
        """Return the head of the feed."""
        with self._engine.connect() as connection:
            head: int = connection.execute(select(feed_head.c.position)).scalar_one()
            return head

    def wait(self, seconds: float) -> None:
        """Return when woken, or after this time."""
        if self._waiter is not None:
            self._waiter.wait(seconds)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def open_watcher(database_url: str, *, patience: float, waiter: Waiter | None) -> Watcher:
    """Return the best watcher for a database: PostgreSQL wakes it itself, others need a waiter."""
    url = make_url(database_url)
    if waiter is None and url.get_backend_name() in {"postgresql", "postgres"}:
        # Not at the top: the driver is an extra.
        from tigertally.storage.sql.postgres import PostgresWatcher  # noqa: PLC0415

        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresWatcher(plain, patience=patience)
    engine, _ = open_engine(database_url, patience=max(1, int(patience)))
    return PollingWatcher(engine.execution_options(isolation_level="AUTOCOMMIT"), waiter)
