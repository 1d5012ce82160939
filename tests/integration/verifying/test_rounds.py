"""No request that begins later than agreed after a sign-out is let in, whatever happens.

``VERIFIER_ROUNDS=200`` in the environment makes as many rounds.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from tests.integration.command_line import Cli
from tests.integration.service import Line, Service
from tests.integration.services import Services
from tests.integration.verifying.callers import Callers
from tests.integration.verifying.processes import suspend, wake
from tests.integration.verifying.programs import ALL, Served
from tests.proxies import Network
from tests.servers.nginx import NginxSite
from tests.waiting import wait_until

ROUNDS = int(os.environ.get("VERIFIER_ROUNDS", "12"))

LATEST = 0.25
"""Seconds: how old the evidence of a verifier may be."""


@dataclass
class Stage:
    """A sign-in service, a network, and a service of others behind it."""

    services: Services
    service: Service
    network: Network
    served: Served

    def sign_in(self) -> str:
        """Return an access token."""
        answer = self.service.login("hufu")
        assert answer.status == 200, answer
        return str(answer.body["access_token"])

    def sign_out(self, token: str) -> float:
        """Sign out; return a moment after the answer."""
        assert self.service.logout(token).status == 200
        return time.monotonic()

    def callers(self, token: str, count: int = 1) -> Callers:
        """Return callers of the service of others."""
        return Callers(self.served.port, token, count=count)


@pytest.fixture(scope="module", params=ALL)
def stage(
    request: pytest.FixtureRequest, installation: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """All of it, over one framework."""
    folder = tmp_path_factory.mktemp(request.param)
    services = Services(folder)
    shutil.copytree(installation, services.data_dir)
    try:
        service = services.serve(workers=2)
        assert service.register("hufu").status == 201
        key = Cli(services.data_dir).ok("services", "add", "orders").strip()
        network = Network(service.port)
        with ALL[request.param](f"http://127.0.0.1:{network.port}", key, folder) as served:
            yield Stage(services, service, network, served)
        network.end()
    finally:
        services.end()


def test_in_many_rounds_no_ended_session_is_let_in_later_than_agreed(stage: Stage) -> None:
    for number in range(ROUNDS):
        token = stage.sign_in()
        with stage.callers(token, 2) as callers:
            callers.wait_for(200)
            latest = stage.sign_out(token) + LATEST
            callers.wait_for(401, since=latest)
        assert callers.let_in(since=latest) == [], number
        assert callers.codes() == {"session_ended"}


@contextmanager
def stalled(stage: Stage) -> Iterator[None]:
    """The cable between the two is pulled out."""
    stage.network.stall()
    yield
    stage.network.heal()


@contextmanager
def cut(stage: Stage) -> Iterator[None]:
    """Something between the two refuses all connections."""
    stage.network.stall()  # also a connection that is just being made
    stage.network.cut()
    yield
    stage.network.heal()


@pytest.mark.parametrize("apart", [stalled, cut])
def test_a_verifier_that_cannot_hear_lets_nobody_in(
    stage: Stage, apart: Callable[[Stage], AbstractContextManager[None]]
) -> None:
    token, other = stage.sign_in(), stage.sign_in()
    with stage.callers(token) as callers, stage.callers(other) as others:
        callers.wait_for(200)
        others.wait_for(200)
        with apart(stage):
            deaf = time.monotonic() + LATEST
            latest = stage.sign_out(token) + LATEST
            callers.wait_for(503, since=latest)
            others.wait_for(503, since=deaf)
            healed = time.monotonic()
        callers.wait_for(401)
        others.wait_for(200, since=healed)
    assert callers.let_in(since=latest) == []
    assert others.let_in(since=deaf, until=healed) == []
    assert others.codes() == set(), "a living session was refused for good"


@contextmanager
def frozen(stage: Stage) -> Iterator[None]:
    """The sign-in service stands still, and its connections stay open."""
    group = stage.service.process.pid
    suspend(group)
    yield
    wake(group)


@contextmanager
def killed(stage: Stage) -> Iterator[None]:
    """The sign-in service is killed; another one takes its place."""
    stage.service.kill_all()
    yield
    stage.service = stage.services.serve(workers=2, port=stage.service.port)


@pytest.mark.parametrize("gone", [frozen, killed])
def test_a_service_that_answers_no_more_lets_nobody_in(
    stage: Stage, gone: Callable[[Stage], AbstractContextManager[None]]
) -> None:
    token, other = stage.sign_in(), stage.sign_in()
    with stage.callers(token) as callers, stage.callers(other) as others:
        callers.wait_for(200)
        others.wait_for(200)
        latest = stage.sign_out(token) + LATEST
        with gone(stage):
            mute = time.monotonic() + LATEST
            others.wait_for(503, since=mute)
            healed = time.monotonic()
        callers.wait_for(401, since=latest)
        others.wait_for(200, since=healed)
    assert callers.let_in(since=latest) == []
    assert others.let_in(since=mute, until=healed) == []
    assert others.codes() == set(), "a living session was refused for good"


def test_a_verifier_that_was_suspended_asks_when_it_wakes(stage: Stage) -> None:
    """Also for requests that were sent, and not answered, while it stood still."""
    token = stage.sign_in()
    with stage.callers(token) as before:
        before.wait_for(200)
    stage.served.verifier.suspend()
    latest = stage.sign_out(token) + LATEST
    wait_until(lambda: time.monotonic() > latest, "evidence from before is too old")
    with stage.callers(token, 4) as callers:
        stage.served.verifier.wake()
        callers.wait_for(401)
    assert callers.let_in(since=latest) == []


def test_a_cache_in_between_lets_no_ended_session_in(stage: Stage) -> None:
    cache = NginxSite(
        "tests/integration/verifying/caching.conf",
        lambda site: {
            "listen 8080": f"listen 127.0.0.1:{site.port}",
            "127.0.0.1:3000": f"127.0.0.1:{stage.service.port}",
        },
    )
    try:
        cache.start()
        wait_until(partial(_keeps_answers, cache.port), "the cache keeps answers")
        stage.network.lead_to(cache.port)
        stage.network.break_all()
        for _ in range(3):
            token = stage.sign_in()
            with stage.callers(token) as callers:
                callers.wait_for(200)
                latest = stage.sign_out(token) + LATEST
                callers.wait_for(401, since=latest)
            assert callers.let_in(since=latest) == []
    finally:
        stage.network.lead_to(stage.service.port)
        stage.network.break_all()
        cache.remove()


def _keeps_answers(port: int) -> bool:
    with Line(port) as line:
        return line.call("GET", "/.well-known/jwks.json").headers["Cached"] == "HIT"
