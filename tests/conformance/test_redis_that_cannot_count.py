"""A Redis that does not count, for whatever reason, switches no lock off: processes count alone."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import redis
from flask.testing import FlaskClient
from tests.conftest import Compose
from tests.servers.redis import Redis

from tigertally.server.app import make_app
from tigertally.server.compose import Composition

RIGHT = "two halves make one"

Trouble = Callable[[Redis], AbstractContextManager[None]]


@contextmanager
def _configured(server: Redis, **values: object) -> Iterator[None]:
    with redis.Redis(port=server.port) as client:
        names = {name.replace("_", "-"): value for name, value in values.items()}
        before = {name: client.config_get(name)[name] for name in names}
        for name, value in names.items():
            client.config_set(name, str(value))
        try:
            yield
        finally:
            for name, value in before.items():
                client.config_set(name, value)


@contextmanager
def replica(server: Redis) -> Iterator[None]:
    """It has become a read-only replica: the name leads to the old primary."""
    server.follow()
    try:
        yield
    finally:
        server.lead()


@contextmanager
def full(server: Redis) -> Iterator[None]:
    """Its memory is full, and it may throw nothing out."""
    server.set_memory(1)
    try:
        yield
    finally:
        server.set_memory(0)


@contextmanager
def without_replicas(server: Redis) -> Iterator[None]:
    """It has lost its replicas, and may not write without them."""
    with _configured(server, min_replicas_to_write=1):
        yield


@contextmanager
def cannot_save(server: Redis) -> Iterator[None]:
    """It could not write its file."""
    in_the_way = Path(server.folder / "dump.rdb")
    in_the_way.mkdir()
    with _configured(server, save="3600 1"), redis.Redis(port=server.port) as client:
        client.bgsave()
        while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            time.sleep(0.01)
        try:
            yield
        finally:
            in_the_way.rmdir()
            client.save()
            in_the_way.unlink()


@contextmanager
def forbidden(server: Redis) -> Iterator[None]:
    """Our user may not write any more."""
    with redis.Redis(port=server.port) as client:
        client.execute_command("ACL", "SETUSER", "default", "-set")
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", "default", "+@all")


@contextmanager
def dead(server: Redis) -> Iterator[None]:
    """It is not there."""
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def paused(server: Redis) -> Iterator[None]:
    """It does not answer."""
    server.pause()
    try:
        yield
    finally:
        server.resume()


TROUBLES: list[Trouble] = [
    replica, full, without_replicas, cannot_save, forbidden, dead, paused,
]  # fmt: skip
every_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.__name__)


@pytest.fixture
def open_process(compose_with: Compose, redis_server: Redis) -> Callable[[], Composition]:
    """Compose another process over one database and one Redis."""
    redis_server.flush()
    return lambda: compose_with(redis_url=redis_server.url())


def sign_in(client: FlaskClient, password: str) -> int:
    body = {"username": "hufu", "password": password}
    return client.post("/api/auth/login", json=body).status_code


def register(composition: Composition) -> FlaskClient:
    client = make_app(composition).test_client()
    body = {"username": "hufu", "password": RIGHT}
    assert client.post("/api/auth/register", json=body).status_code == 201
    return client


@every_trouble
def test_local_counting_locks_and_is_logged_once(
    trouble: Trouble,
    open_process: Callable[[], Composition],
    redis_server: Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    process = open_process()
    client = register(process)
    with caplog.at_level(logging.WARNING, "tigertally"), trouble(redis_server):
        assert [sign_in(client, "wrong") for _ in range(9)] == [401] * 5 + [429] * 4
        assert not process.context.throttle.is_shared
    said = [one for one in caplog.messages if "counted in this process only" in one]
    assert len(said) == 1


@every_trouble
def test_right_passwords_succeed_while_redis_cannot_count(
    trouble: Trouble, open_process: Callable[[], Composition], redis_server: Redis
) -> None:
    client = register(open_process())
    assert sign_in(client, RIGHT) == 200
    with trouble(redis_server):
        assert {sign_in(client, RIGHT) for _ in range(12)} == {200}


@every_trouble
def test_local_counts_are_shared_once_redis_counts_again(
    trouble: Trouble, open_process: Callable[[], Composition], redis_server: Redis
) -> None:
    first, second = open_process(), open_process()
    client, other = register(first), make_app(second).test_client()
    assert sign_in(client, "wrong") == 401
    with trouble(redis_server):
        assert [sign_in(client, "wrong") for _ in range(4)] == [401] * 4
    while not first.context.throttle.is_shared:
        assert sign_in(client, RIGHT) == 429
    # It was not the one that locked.
    assert sign_in(other, RIGHT) == 429


def test_a_lock_outlives_a_redis_that_forgets(
    open_process: Callable[[], Composition], redis_server: Redis
) -> None:
    first, second = open_process(), open_process()
    client, other = register(first), make_app(second).test_client()
    assert [sign_in(client, "wrong") for _ in range(5)] == [401] * 5
    redis_server.flush()
    assert sign_in(client, RIGHT) == 429
    assert sign_in(other, RIGHT) == 429
