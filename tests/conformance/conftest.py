"""The three engines, each with a new database per test, and a store over it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.databases import empty_database, migrated_database, stores_over
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.server import Database

from tigertally.core.users import User
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.samples import START, sample_user

ENGINES = ["sqlite", "postgres", "mariadb"]

pytest.register_assert_rewrite("tigertally.testing.conformance", "tigertally.testing.throttles")


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


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis server for the session."""
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the current schema that holds nothing, on each engine."""
    return migrated_database(_server(request), tmp_path)


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any schema, on each engine."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return empty_database(_server(request), folder)


def _server(request: pytest.FixtureRequest) -> Database | None:
    if request.param == "sqlite":
        return None
    server: Database = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def store(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[SqlStore]:
    """A store over a database that holds nothing, on each engine."""
    with stores_over(database_url, tmp_path, clock) as open_store:
        yield open_store()


@pytest.fixture
def lina(store: SqlStore) -> User:
    """An account with a verified address."""
    user = replace(sample_user("Lina", email="lina@example.com"), email_verified_at=START)
    with store.writing() as tx:
        tx.users.add(user)
    return user
