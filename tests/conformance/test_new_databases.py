"""New databases: what migrations make of them, and the copies that tests start with."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, func, select
from sqlalchemy.schema import CreateIndex, CreateTable
from tests.waiting import PATIENCE

from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import (
    VERSION_TABLE,
    SchemaState,
    schema_state,
    upgrade_schema,
)
from tigertally.storage.sql.tables import feed_head, metadata


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """A database that was just migrated."""
    engine, dialect = open_engine(empty_url)
    upgrade_schema(engine, dialect)
    yield engine
    engine.dispose()


def test_a_new_database_is_what_the_tables_say(engine: Engine) -> None:
    """Alembic finds nothing to add, nothing to take away."""
    tables = set(metadata.tables)
    with engine.connect() as connection:
        ours = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "include_object": lambda _obj, name, kind, *_: kind != "table" or name in tables,
            },
        )
        assert compare_metadata(ours, metadata) == []


@pytest.mark.parametrize(
    ("empty_url", "database_url"),
    [(name, name) for name in ("sqlite", "postgres", "mariadb")],
    indirect=True,
)
def test_what_tests_start_with_is_as_a_new_database(engine: Engine, database_url: str) -> None:
    """But for its id, which no two databases share."""
    copied, _ = open_engine(database_url)
    new, old = _contents(engine), _contents(copied)
    copied.dispose()
    assert new.pop("id") != old.pop("id")
    assert new == old


def test_processes_that_start_at_once_on_an_empty_database_make_one_schema(
    empty_url: str, tmp_path: Path
) -> None:
    """One migrates while the others wait, and then find nothing left to do."""
    command = [sys.executable, "-m", "tigertally", "db", "upgrade"]
    environment = {"TALLY_DATABASE_URL": empty_url, "PATH": ""}
    processes = [
        subprocess.Popen(
            command,
            env=environment | {"TALLY_DATA_DIR": str(tmp_path / f"machine-{index}")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for index in range(3)
    ]
    said = [process.communicate(timeout=PATIENCE)[0].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    engine, _ = open_engine(empty_url)
    assert schema_state(engine) is SchemaState.CURRENT
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(feed_head)) == 1
    engine.dispose()


def _contents(engine: Engine) -> dict[str, Any]:
    """Return each table's definition and rows, and the id apart."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        contents: dict[str, Any] = {
            table.name: (
                str(CreateTable(table).compile(engine)),
                sorted(str(CreateIndex(index).compile(engine)) for index in table.indexes),
                sorted(tuple(row) for row in connection.execute(select(table))),
            )
            for table in found.tables.values()
        }
    rows = dict(contents["tally_meta"][2])
    contents["id"] = rows.pop("database_id")
    contents["tally_meta"] = (*contents["tally_meta"][:2], rows)
    return contents
