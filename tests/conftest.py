"""What tests of several folders share: one composition over a fresh database."""

import gc
import os
import threading
from collections.abc import Callable, Generator, Iterator
from itertools import chain, groupby
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from tests.servers.places import memory

from tigertally.server.app import make_app
from tigertally.server.compose import Composition, compose
from tigertally.settings import load_settings
from tigertally.testing import MovableClock

Compose = Callable[..., Composition]

if folder := memory():
    # Thousands of databases of one test each: on a disk, each commit waits for it.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)
# How long an example takes says how busy the machine is, and nothing about the product.
hypothesis_settings.register_profile("any machine", deadline=None)
hypothesis_settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage in what is collected: a million objects that stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with files of slow tests: else one works on them alone at the end.

    pytest-xdist gives the workers equal shares in a row; who has done its own takes from others'.
    """
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1:
        return
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    slow = [tests for tests in files if any("slow" in item.keywords for item in tests)]
    rest = [item for tests in files if tests not in slow for item in tests]
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        ordered += chain.from_iterable(slow[worker::workers])
        room = max(0, len(items) * (worker + 1) // workers - len(ordered))
        ordered += rest[:room]
        rest = rest[room:]
    items[:] = ordered + rest


@pytest.fixture(autouse=True)
def process_as_before() -> Iterator[None]:
    """Fail a test that changes for the next what belongs to the whole process."""
    before, working = _of_the_process(), _working()
    yield
    assert _of_the_process() == before
    assert not _working() - working, "a composition was not closed"


def _of_the_process() -> tuple[int, Path]:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask, Path.cwd()


def _working() -> set[threading.Thread]:
    """Return the threads of compositions that would work on beside the tests that follow."""
    return {thread for thread in threading.enumerate() if thread.name == "tally-house"}


@pytest.fixture
def clock() -> MovableClock:
    """A clock that only the test moves."""
    return MovableClock()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a secret, a schema and keys, made once."""
    path = tmp_path_factory.mktemp("installation") / "data"
    compose(load_settings({"data_dir": path, "password_cost": "testing"}, environ={})).close()
    return path


@pytest.fixture
def compose_with(tmp_path: Path, clock: MovableClock) -> Iterator[Compose]:
    """Compose over one database with the settings given; several calls share that database."""
    opened: list[Composition] = []

    def build(**settings: object) -> Composition:
        loaded = load_settings(
            {"data_dir": tmp_path / "data", "password_cost": "testing", **settings}, environ={}
        )
        opened.append(compose(loaded, clock=clock))
        return opened[-1]

    yield build
    for composition in opened:
        composition.close()


@pytest.fixture
def composition(compose_with: Compose) -> Composition:
    """The product with its default settings."""
    return compose_with()


@pytest.fixture
def app(composition: Composition) -> Flask:
    """The standalone service."""
    return make_app(composition, webui=None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller without cookies or tokens."""
    return app.test_client()
