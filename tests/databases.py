"""Stores over real servers, for tests: an empty database each, and everything closed afterwards."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.servers.server import Database

from tigertally.clock import Clock
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import upgrade_schema
from tigertally.storage.sql.store import SqlStore

ACCESS_TTL = timedelta(minutes=15)

PATIENCE = 30
"""Seconds: a hundred threads may queue for one account on a machine that others use as well."""


def empty_database(server: Database | None, folder: Path) -> str:
    """Return the address of a new, empty database: on a server, or a SQLite file without one."""
    if server is None:
        return f"sqlite:///{folder / 'tally.db'}"
    name = f"t{secrets.token_hex(6)}"
    server.create(name)
    return server.url(name)


@contextmanager
def stores_over(url: str, folder: Path, clock: Clock) -> Iterator[Callable[[], SqlStore]]:
    """Give a function that opens the database once more, as another process of the machine."""
    opened: list[SqlStore] = []

    def open_store() -> SqlStore:
        engine, dialect = open_engine(url, patience=PATIENCE)
        upgrade_schema(engine, dialect)
        store = SqlStore(engine, dialect, clock=clock, access_ttl=ACCESS_TTL, data_dir=folder)
        opened.append(store)
        return store

    try:
        yield open_store
    finally:
        for store in opened:
            store.engine.dispose()
