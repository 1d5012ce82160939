"""The three engines, each with an empty database per test, and a store over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import empty_database, stores_over
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.server import Database

from tigertally.core.users import User
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.samples import sample_user

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


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on each engine."""
    server: Database | None = None
    if request.param != "sqlite":
        server = request.getfixturevalue(request.param)
    return empty_database(server, tmp_path)


@pytest.fixture
def store(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[SqlStore]:
    """A store over an empty database, on each engine."""
    with stores_over(database_url, tmp_path, clock) as open_store:
        yield open_store()


@pytest.fixture
def lina(store: SqlStore) -> User:
    """An account."""
    user = sample_user("Lina", email="lina@example.com")
    with store.writing() as tx:
        tx.users.add(user)
    return user
