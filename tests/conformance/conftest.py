"""The three engines, each with an empty database per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import empty_database
from tests.servers import Database, MariaDb, Postgres

pytest.register_assert_rewrite("tigertally.testing.conformance")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the session."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """A MariaDB server for the session."""
    server = MariaDb()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on each engine."""
    server: Database | None = None
    if request.param != "sqlite":
        server = request.getfixturevalue(request.param)
    return empty_database(server, tmp_path)
