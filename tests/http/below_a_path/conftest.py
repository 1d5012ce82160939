"""The service below a path."""

from pathlib import Path

import pytest
from tests.conftest import Compose
from tests.http.below_a_path.mounts import WAYS, Make, Mount
from tests.http.callers import NAME, PASSWORD


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def mount(request: pytest.FixtureRequest, compose_with: Compose, tmp_path: Path) -> Mount:
    """The service below a path, by each way there is."""
    folder = tmp_path / "webui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(
        '<!doctype html><link href="./favicon.svg"><script src="./assets/app.js"></script>'
        '<a href="https://example.com/">x</a>'
    )
    (folder / "assets" / "app.js").write_text("run()")
    way: Make = request.param
    found = way(compose_with, folder)
    account = {"username": NAME, "password": PASSWORD}
    assert found.send("POST", "/api/auth/register", json=account).status_code == 201
    return found
