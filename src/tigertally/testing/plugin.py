"""The pytest plug-in: a movable clock, cheap passwords, and data that ends with the test.

pytest loads it by itself. Nothing happens in a test that asks for none of its fixtures. Whatever
application is made in a test with ``tally_environment`` has its own empty database in memory; so a
conftest usually needs one fixture::

    @pytest.fixture
    def tally_app(tally_environment):
        app = create_app()
        yield app
        tally.close()
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tigertally.testing.clock import MovableClock

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

# pytest loads this file in every project of the machine's environment: what takes long to import is
# imported by the fixtures.


@pytest.fixture(scope="session")
def tally_installation() -> Iterator[Path]:
    """Return a data directory with a secret, keys and an empty database, made once."""
    from tigertally.server.memory import prepare, temporary_data  # noqa: PLC0415

    with temporary_data() as folder:
        made = Path(folder) / "data"
        prepare(made)
        yield made


@pytest.fixture
def tally_clock() -> MovableClock:
    """Return the clock of all applications that the test makes: ``move(minutes=20)``."""
    return MovableClock()


@pytest.fixture
def tally_environment(
    tally_installation: Path, tally_clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    """Set what applications of this test need, and return it; ``app.config`` goes first."""
    from tigertally.server import compose  # noqa: PLC0415
    from tigertally.server.memory import temporary_data  # noqa: PLC0415

    with temporary_data() as folder:
        data = Path(folder) / "data"
        shutil.copytree(tally_installation, data)
        chosen = {"TALLY_DATA_DIR": str(data), "TALLY_PASSWORD_COST": "testing"}
        for name, value in chosen.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(compose, "SystemClock", lambda: tally_clock)
        yield chosen


@pytest.fixture
def tally_app(tally_environment: Mapping[str, str]) -> "Iterator[Flask]":
    """Return an application with the whole API. Replace this fixture by one of yours."""
    from flask import Flask  # noqa: PLC0415

    from tigertally import TigerTally  # noqa: PLC0415

    del tally_environment
    app = Flask("tally_app")
    app.testing = True
    tally = TigerTally(app)
    yield app
    tally.close()


@pytest.fixture
def sign_in_as(tally_app: "Flask") -> "Callable[[str | int], FlaskClient]":
    """Return a client of ``tally_app`` that is signed in as the user with this id.

    It sends a bearer token. Raises NotFound for an account of ours that is not there.
    """
    from tigertally.core.people import id_text  # noqa: PLC0415
    from tigertally.core.sessions import Device, DeviceType  # noqa: PLC0415
    from tigertally.flask.adapter import services_of  # noqa: PLC0415
    from tigertally.flows.open_session import OpenSession  # noqa: PLC0415
    from tigertally.flows.proofs.vouched import vouch  # noqa: PLC0415

    def sign_in(user_id: str | int) -> "FlaskClient":
        context = services_of(tally_app).context
        proof = vouch(context, id_text(user_id), device=Device(DeviceType.WEB, "test"))
        with tally_app.app_context():
            tally = OpenSession(context)(proof, nonce=None)
        client = tally_app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tally.access.text}"
        return client

    return sign_in


@pytest.fixture
def signed_in_client(
    tally_app: "Flask", sign_in_as: "Callable[[str | int], FlaskClient]"
) -> "FlaskClient":
    """Return a client of the new account ``tester``, or of your user with the id 1."""
    from tigertally.core.sessions import Device, DeviceType  # noqa: PLC0415
    from tigertally.flask.adapter import services_of  # noqa: PLC0415
    from tigertally.flows.register import Register, Registration  # noqa: PLC0415
    from tigertally.secret import Secret  # noqa: PLC0415

    services = services_of(tally_app)
    if not services.addresses.has_accounts:
        return sign_in_as(1)
    registration = Registration("tester", Secret("a password of tests"), None)
    user = Register(services.context)(registration, device=Device(DeviceType.WEB, "test"))
    return sign_in_as(user.id)
