"""Servers for the session, and two machines over each of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.databases import empty_database
from tests.machines.fleet import Fleet, Machine
from tests.proxies import Network
from tests.servers.mariadb import MariaDb
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.server import Database, Server

OpenFleet = Callable[..., Fleet]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the session."""
    yield from _running(Postgres())


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """A MariaDB server for the session."""
    yield from _running(MariaDb())


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis server for the session."""
    yield from _running(Redis())


@pytest.fixture(scope="session")
def pgbouncer(postgres: Postgres) -> Iterator[PgBouncer]:
    """PgBouncer before that PostgreSQL, for the session."""
    yield from _running(PgBouncer(postgres, mode="transaction"))


def _running(server: Server) -> Iterator:  # type: ignore[type-arg]
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextmanager
def fleet_over(
    server: Database, folder: Path, *, redis: Redis | None = None, **more: str
) -> Iterator[Fleet]:
    """Start two machines over a new database of a server."""
    name = empty_database(server, folder).rpartition("/")[2]
    networks = Network(server.port), Network(server.port)
    redis_networks = (Network(redis.port), Network(redis.port)) if redis else (None, None)
    machines = []
    for machine, network, redis_network in zip("ab", networks, redis_networks, strict=True):
        settings = {"TALLY_DATABASE_URL": server.service_url(name, port=network.port), **more}
        if redis and redis_network:
            settings["TALLY_REDIS_URL"] = redis.url(port=redis_network.port)
        machines.append(Machine(machine, folder, workers=2, settings=settings))
    a, b = machines
    fleet = Fleet(a, b, *networks, *redis_networks)
    try:
        fleet.until_up()
        yield fleet
    finally:
        fleet.end()


@contextmanager
def instances_over_sqlite(folder: Path) -> Iterator[Fleet]:
    """Start two instances of one machine over one file; there is no network between them."""
    settings = {"TALLY_DATABASE_URL": empty_database(None, folder)}
    a, b = (Machine(name, folder, workers=2, settings=settings) for name in "ab")
    fleet = Fleet(a, b, Network(a.port), Network(b.port), networked=False)
    try:
        fleet.until_up()
        yield fleet
    finally:
        fleet.end()
