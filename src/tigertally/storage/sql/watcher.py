"""Polls the head of the feed, for the feed process of a machine."""

import logging
import time
from typing import Protocol

from sqlalchemy import Engine, select

from tigertally.storage.sql.dialects import STANDING, open_engine
from tigertally.storage.sql.head import Head
from tigertally.storage.sql.tables import feed_head

logger: logging.Logger = logging.getLogger("tigertally")


class Waiter(Protocol):
    """Waits, and may be woken early."""

    def wait(self, seconds: float) -> None:
        """Return when woken, or after this time."""
        ...


class Watcher(Waiter, Protocol):
    """Reports the head of the feed, and waits for it to move."""

    def head(self) -> Head:
        """Return the head of the feed, as committed when this call began, or later.

        Raises ReadOnlyServer where the server that answers may be behind.
        """
        ...

    def close(self) -> None:
        """Close the connection to the database."""
        ...


class PollingWatcher:
    """Polls the database. A waiter can wake it between two polls."""

    def __init__(self, engine: Engine, waiter: Waiter | None) -> None:
        self._engine = engine
        self._waiter = waiter

    def head(self) -> Head:
        """Return the head of the feed."""
        with self._engine.connect() as connection:
            position, standing = connection.execute(select(feed_head.c.position, STANDING)).one()
        return Head.believed(position=position, standing=standing)

    def wait(self, seconds: float) -> None:
        """Return when woken, or after this time."""
        if self._waiter is not None:
            self._waiter.wait(seconds)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        """Close the connection to the database."""
        self._engine.dispose()


def open_watcher(database_url: str, *, patience: float, waiter: Waiter | None) -> Watcher:
    """Return the best watcher for a database. PostgreSQL can wake it; others need a waiter."""
    engine, _ = open_engine(database_url, patience=max(1, int(patience)))
    try:
        if waiter is None and engine.dialect.name == "postgresql":
            # Not at the top: the driver is an extra.
            from tigertally.storage.sql.postgres_watcher import PostgresWatcher  # noqa: PLC0415

            if listening := PostgresWatcher.over(engine, patience=patience):
                return listening
            logger.info("a pooler lies before the database: sign-outs travel by polling")
        return PollingWatcher(engine.execution_options(isolation_level="AUTOCOMMIT"), waiter)
    except BaseException:
        engine.dispose()
        raise
