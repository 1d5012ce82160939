"""Upgrades that die between two statements, on a server that commits each one by itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.exc import OperationalError
from tests.databases import empty_database
from tests.servers.mariadb import MariaDb

from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.dialects.base import Dialect
from tigertally.storage.sql.schema import (
    VERSION_TABLE,
    SchemaState,
    downgrade_schema,
    schema_state,
    upgrade_schema,
)
from tigertally.storage.sql.tables import metadata


class Died(BaseException):
    """The end of a process, as far as the database can tell."""


@pytest.fixture
def database(mariadb: MariaDb, tmp_path: Path) -> Iterator[tuple[Engine, Dialect]]:
    """An empty database on MariaDB."""
    engine, dialect = open_engine(empty_database(mariadb, tmp_path))
    yield engine, dialect
    engine.dispose()


@contextmanager
def dying_after_a_change() -> Iterator[list[str]]:
    """End whatever changes the schema right after its first change. Gives what that was."""
    made: list[str] = []

    def die(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(maxsplit=1)[0].upper() in {"ALTER", "CREATE", "DROP"}:
            made.append(" ".join(statement.split()[:6]))
            raise Died

    event.listen(Engine, "after_cursor_execute", die)
    try:
        yield made
    finally:
        event.remove(Engine, "after_cursor_execute", die)


def die_after_each_change(migrate: Callable[[], None]) -> list[str]:
    """Migrate again and again, and die after each change. Returns the changes, in their order."""
    changes: list[str] = []
    while True:
        with dying_after_a_change() as made:
            try:
                migrate()
            except Died:
                assert made[0] not in changes, "the same again: nothing was kept"
                changes += made
            else:
                return changes


def differences(engine: Engine) -> list[Any]:
    """Return what distinguishes the database from what the tables say."""
    with engine.connect() as connection:
        options = {
            "version_table": VERSION_TABLE,
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
        }
        ours = MigrationContext.configure(connection, opts=options)
        found: list[Any] = compare_metadata(ours, metadata)
        return found


def test_an_upgrade_that_dies_after_any_statement_goes_on_from_there(
    database: tuple[Engine, Dialect],
) -> None:
    engine, dialect = database
    changes = die_after_each_change(lambda: upgrade_schema(engine, dialect))
    assert len(changes) > len(metadata.tables)
    assert schema_state(engine) is SchemaState.CURRENT
    assert differences(engine) == []


def test_a_downgrade_that_dies_after_any_statement_goes_on_from_there(
    database: tuple[Engine, Dialect],
) -> None:
    engine, dialect = database
    upgrade_schema(engine, dialect)
    changes = die_after_each_change(lambda: downgrade_schema(engine, dialect, "base"))
    assert len(changes) >= len(metadata.tables)
    assert set(inspect(engine).get_table_names()) <= {VERSION_TABLE}
    upgrade_schema(engine, dialect)
    assert differences(engine) == []


def test_a_table_of_somebody_else_is_not_taken_for_ours(database: tuple[Engine, Dialect]) -> None:
    engine, dialect = database
    upgrade_schema(engine, dialect)
    downgrade_schema(engine, dialect, "0008")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally_outbox (id INTEGER, letter TEXT)"))
    with pytest.raises(OperationalError, match="already exists"):
        upgrade_schema(engine, dialect)
