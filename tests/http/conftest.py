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

from tigertally.server.app import make_app
from tigertally.server.compose import Composition
from tigertally.testing import MovableClock


@pytest.fixture(params=["bearer", "cookie"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    """How tokens travel; a test that asks for it runs once for each way."""
    return cast("Carrier", request.param)


@pytest.fixture(autouse=True)
def _installed(installation: Path, tmp_path: Path) -> None:
    """Give each test a copy: to migrate a new database for each would take most of the time."""
    shutil.copytree(installation, tmp_path / "data")


@pytest.fixture
def serve(compose_with: Compose, clock: MovableClock) -> Serve:
    """Serve with the settings given; several calls are several processes over one database."""

    def build(**settings: object) -> Service:
        composition = compose_with(**settings)
        return Service(_held(make_app(composition, webui=None)), composition, clock)

    return build


@pytest.fixture
def service(serve: Serve) -> Service:
    """The service with its default settings."""
    return serve()


@pytest.fixture
def app(composition: Composition) -> Flask:
    """The standalone service, its answers held against the contract."""
    return _held(make_app(composition, webui=None))


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


def _held(app: Flask) -> Flask:
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
