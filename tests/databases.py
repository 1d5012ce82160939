"""Stores over real servers, for tests: a new database each, and everything closed afterwards."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update
from tests.servers.server import Database

from tigertally.clock import Clock
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import SchemaState, schema_state, upgrade_schema
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import meta

ACCESS_TTL = timedelta(minutes=15)

PATIENCE = 30
"""Seconds: a hundred threads may queue for one account on a machine that others use as well."""


def empty_database(server: Database | None, folder: Path) -> str:
    """Return the address of a new, empty database: on a server, or a SQLite file without one."""
    if server is None:
        return _file(folder)
    name = _new_name()
    server.create(name)
    return server.url(name)


def migrated_database(server: Database | None, folder: Path) -> str:
    """Return the address of a new database of the current schema, which holds nothing else.

    It is a copy: all migrations in each test's own database would take most of the time.
    """
    if server is None:
        (folder / "tally.db").write_bytes(_migrated_file())
        url = _file(folder)
    else:
        name = _new_name()
        server.copy(name, of=_migrated_on(server))
        url = server.url(name)
    engine, _ = open_engine(url)
    with engine.begin() as connection:
        named = update(meta).where(meta.c.name == "database_id")
        connection.execute(named.values(value=secrets.token_hex(16)))
    engine.dispose()
    return url


@cache
def _migrated_file() -> bytes:
    with TemporaryDirectory() as folder:
        _migrate(_file(Path(folder)))
        return (Path(folder) / "tally.db").read_bytes()


@cache
def _migrated_on(server: Database) -> str:
    name = _new_name()
    server.create(name)
    _migrate(server.url(name))
    return name


def _migrate(url: str) -> None:
    engine, dialect = open_engine(url, patience=PATIENCE)
    upgrade_schema(engine, dialect)
    engine.dispose()


def _file(folder: Path) -> str:
    return f"sqlite:///{folder / 'tally.db'}"


def _new_name() -> str:
    return f"t{secrets.token_hex(6)}"


@contextmanager
def stores_over(url: str, folder: Path, clock: Clock) -> Iterator[Callable[[], SqlStore]]:
    """Give a function that opens the database once more, as another process of the machine."""
    opened: list[SqlStore] = []

    def open_store() -> SqlStore:
        engine, dialect = open_engine(url, patience=PATIENCE)
        if schema_state(engine) is not SchemaState.CURRENT:
            upgrade_schema(engine, dialect)
        store = SqlStore(engine, dialect, clock=clock, access_ttl=ACCESS_TTL, data_dir=folder)
        opened.append(store)
        return store

    try:
        yield open_store
    finally:
        for store in opened:
            store.engine.dispose()
