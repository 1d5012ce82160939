"""A database, its page, and stores over it.

Two stores in one process stand for two processes: each has its own mapping, engine and memory.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.doorbell.looking import Open
from tests.integration.doorbell.processes import open_store

from tigertally.storage.sql.store import SqlStore


@pytest.fixture
def database(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "tally.db"


@pytest.fixture
def page(database: Path) -> Path:
    return database.with_name("tally.db.doorbell")


@pytest.fixture
def open_one(database: Path) -> Iterator[Open]:
    opened: list[SqlStore] = []

    def build() -> SqlStore:
        opened.append(open_store(database))
        return opened[-1]

    yield build
    for store in opened:
        store.engine.dispose()
