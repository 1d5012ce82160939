"""The service over HTTP: every answer held against the contract, every journey by both carriers."""

import shutil
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from tests.conftest import Compose
from tests.http.behind import PROXIES
from tests.http.browsing import signed_in
from tests.http.callers import Caller, Carrier, Serve, Service
from tests.http.holding import HeldClient
from tests.http.over_asgi import OverAsgi

from tigertally.server.app import make_app
from tigertally.server.asgi import make_asgi_app
from tigertally.server.compose import Composition
from tigertally.testing import MovableClock


@pytest.fixture(params=["bearer", pytest.param("cookie", marks=pytest.mark.again)])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    """How tokens travel; a test that asks for it runs once for each way."""
    return cast("Carrier", request.param)


@pytest.fixture(autouse=True)
def _installed(installation: Path, tmp_path: Path) -> None:
    """Give each test a copy: to migrate a new database for each would take most of the time."""
    shutil.copytree(installation, tmp_path / "data")


@pytest.fixture(params=["flask", pytest.param("asgi", marks=pytest.mark.again)])
def adapter(request: pytest.FixtureRequest) -> str:
    """What carries the edge; a test of the service runs once over each."""
    return str(request.param)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a test of carrier and adapter run in two pairs, and `crossed` ones in all four.

    The web edge knows the carriers and no adapter; an adapter only converts requests and answers.
    """
    left_out = {item for item in items if _is_left_out(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    pair = (spec.params.get("carrier"), spec.params.get("adapter")) if spec else ()
    return pair in {("bearer", "asgi"), ("cookie", "flask")} and "crossed" not in item.keywords


@pytest.fixture
def serve(compose_with: Compose, clock: MovableClock, adapter: str) -> Serve:
    """Serve with the settings given; several calls are several processes over one database."""

    def build(**settings: object) -> Service:
        composition = compose_with(**settings)
        return Service(_held(composition, adapter), composition, clock)

    return build


@pytest.fixture
def service(serve: Serve) -> Service:
    """The service with its default settings."""
    return serve()


@pytest.fixture
def app(composition: Composition, adapter: str) -> Flask:
    """The standalone service, its answers held against the contract."""
    return _held(composition, adapter)


@pytest.fixture
def caller(service: Service, carrier: Carrier) -> Caller:
    """Somebody who has an account and is not signed in."""
    somebody = service.caller(carrier)
    assert somebody.register().status_code == 201
    return somebody


@pytest.fixture
def user(caller: Caller) -> Caller:
    """Somebody who is signed in."""
    assert caller.login().status_code == 200
    return caller


def _held(composition: Composition, adapter: str) -> Flask:
    if adapter == "asgi":
        # Flask is the test's client only, without our routes: those took longer than most tests.
        app = Flask("tigertally", static_folder=None)
        app.wsgi_app = OverAsgi(make_asgi_app(composition))  # type: ignore[method-assign]
    else:
        app = make_app(composition, webui=None)
    app.test_client_class = HeldClient
    return app


@pytest.fixture
def browser(service: Service) -> Caller:
    """A browser that is signed in, on plain http."""
    return signed_in(service)


@pytest.fixture
def behind(serve: Serve) -> Service:
    """The service behind proxies of a private network, or on a Unix socket."""
    service = serve(trusted_proxies=PROXIES)
    service.caller("bearer").register()
    return service
