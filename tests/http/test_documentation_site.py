"""The built documentation at `/docs`: its files, and nothing outside of its folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.conftest import Compose
from tests.http.below_a_path.mounts import ROOT, Mount
from tests.http.callers import code_of
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import TestResponse

from tigertally.server.app import make_app

Site = Callable[..., Flask]


@pytest.fixture
def site(compose_with: Compose, tmp_path: Path) -> Site:
    """Make the service with a site of four files."""
    folder = tmp_path / "site"
    (folder / "assets").mkdir(parents=True)
    (folder / "zh-CN").mkdir()
    page = '<!doctype html><link href="/docs/assets/a.css"><p>see /docs/ and (/docs/more)'
    (folder / "index.html").write_text(page)
    (folder / "404.html").write_text("<!doctype html>no such page")
    (folder / "zh-CN" / "index.html").write_text("<!doctype html>中文", "utf-8")
    (folder / "assets" / "a.js").write_text('const base = "/docs/"; load(`/docs/assets/a.css`)')
    (tmp_path / "outside.txt").write_text("outside")
    return lambda **settings: make_app(compose_with(**settings), webui=None, site=folder)


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return site().test_client()


def read(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """Read an answer whole, so that its file is closed."""
    return client.get(path, headers=headers, buffered=True)


def test_each_folder_has_its_start_page(client: FlaskClient) -> None:
    assert "see /docs/" in read(client, "/docs/").text
    assert "中文" in read(client, "/docs/zh-CN/").text
    answer = read(client, "/docs")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs/")


def test_files_have_their_type_and_a_policy_that_allows_no_foreign_host(
    client: FlaskClient,
) -> None:
    for path, kind in (("", "text/html"), ("assets/a.js", "text/javascript")):
        answer = read(client, f"/docs/{path}")
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy


def test_files_whose_name_changes_with_their_content_may_be_kept(client: FlaskClient) -> None:
    assert "immutable" in read(client, "/docs/assets/a.js").headers["Cache-Control"]
    answer = read(client, "/docs/")
    assert answer.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": answer.headers["ETag"]}
    assert read(client, "/docs/", **known).status_code == 304


def test_an_unknown_page_is_told_as_a_page_and_an_unknown_file_as_an_error(
    client: FlaskClient,
) -> None:
    answer = read(client, "/docs/nowhere.html")
    assert (answer.status_code, "no such page" in answer.text) == (404, True)
    assert code_of(read(client, "/docs/assets/nothing.js")) == (404, "not_found")
    assert code_of(client.post("/docs/")) == (405, "method_not_allowed")


def test_no_address_leads_outside_the_folder(client: FlaskClient) -> None:
    for path in ("../outside.txt", "%2e%2e/outside.txt", "..%2foutside.txt", "a/..%5coutside.txt"):
        answer = read(client, f"/docs/{path}")
        assert (answer.status_code, "outside" in answer.text) == (404, False), path
    for path in ("%00", "a%00b", "%ff%fe", "x" * 5000):
        assert read(client, f"/docs/{path}").status_code == 404


def test_addresses_in_files_follow_the_path_that_the_service_is_at(site: Site) -> None:
    mount = Mount(DispatcherMiddleware(Flask("other"), {ROOT: site()}))
    page = mount.send("GET", "/docs/")
    assert f'href="{ROOT}/docs/assets/a.css"' in page.text
    assert f"see /docs/ and ({ROOT}/docs/more)" in page.text
    script = mount.send("GET", "/docs/assets/a.js")
    assert script.text == f'const base = "{ROOT}/docs/"; load(`{ROOT}/docs/assets/a.css`)'
    assert mount.send("GET", "/docs").headers["Location"] == f"{ROOT}/docs/"
    known = {"If-None-Match": page.headers["ETag"]}
    assert mount.send("GET", "/docs/", headers=known).status_code == 304


def test_who_may_not_read_the_reference_may_not_read_the_site(site: Site) -> None:
    client = site(docs="off").test_client()
    for path in ("/docs", "/docs/", "/docs/assets/a.js"):
        assert code_of(read(client, path)) == (404, "not_found")


def test_without_a_built_site_there_is_none(compose_with: Compose, tmp_path: Path) -> None:
    app = make_app(compose_with(), webui=None, site=tmp_path / "nothing")
    assert code_of(read(app.test_client(), "/docs/")) == (404, "not_found")
