"""The client as one module at `/api/auth/client.js`, for pages without Node."""

from pathlib import Path

import pytest
from flask import Flask
from tests.http.below_a_path.mounts import ROOT, Mount
from tests.http.callers import Serve, code_of
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tigertally.server.app import make_app
from tigertally.web.routes import service as routes

ADDRESS = "/api/auth/client.js"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the service looks for the module; `make web` builds it."""
    file = tmp_path / "client.js"
    monkeypatch.setattr(routes, "_CLIENT", file)
    return file


def test_it_is_a_script_that_is_asked_for_again_only_when_it_changed(
    serve: Serve, module: Path
) -> None:
    module.write_bytes(b"export const connect = 1")
    client = serve().client()
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.data) == (200, b"export const connect = 1")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(ADDRESS, headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_it_is_below_the_path_of_the_service(serve: Serve, module: Path) -> None:
    module.write_bytes(b"export const connect = 2")
    app = make_app(serve().composition, webui=None)
    mount = Mount(DispatcherMiddleware(Flask("other"), {ROOT: app}))
    assert mount.send("GET", ADDRESS).data == b"export const connect = 2"


def test_without_a_build_there_is_none(serve: Serve, module: Path) -> None:
    assert code_of(serve().client().get(ADDRESS)) == (404, "not_found")


def test_a_page_of_an_allowed_origin_may_load_it(serve: Serve, module: Path) -> None:
    module.write_bytes(b"export const connect = 3")
    client = serve(cors_origins="https://app.example").client()
    answer = client.get(ADDRESS, headers={"Origin": "https://app.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
