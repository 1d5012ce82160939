"""The web application's files: each address of the page, and nothing outside of its folder."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.http.callers import Service, code_of
from tests.http.holding import HeldClient

from tigertally.flask import install
from tigertally.flask.extension import answer_exception, secure_answer
from tigertally.server.webui import webui_blueprint


@pytest.fixture
def site(service: Service, tmp_path: Path) -> FlaskClient:
    """The service with a web application of three files."""
    folder = tmp_path / "webui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "assets" / "app-1a2b.js").write_text("run()")
    (folder / "favicon.svg").write_text("<svg/>")
    for ending in ("br", "gz"):
        (folder / "assets" / f"app-1a2b.js.{ending}").write_text(f"run() in {ending}")
    (folder / "assets" / "app-1a2b.css").write_text("p{}")
    (folder / "assets" / "app-1a2b.css.gz").write_text("p{} in gz")
    (tmp_path / "outside.txt").write_text("outside")
    app = Flask("site", static_folder=None)
    install(app, service.composition.services)
    app.register_error_handler(Exception, answer_exception)
    app.register_blueprint(webui_blueprint(folder))
    app.after_request(secure_answer)
    app.test_client_class = HeldClient
    return app.test_client()


def test_the_page_answers_every_address_of_its_own(site: FlaskClient) -> None:
    for path in ("/", "/login", "/devices/7", "/login?redirect=//evil.example", "/" + "x" * 300):
        with site.get(path) as answer:
            assert answer.status_code == 200
            assert b"<title>page</title>" in answer.data
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "'unsafe" not in answer.headers["Content-Security-Policy"]


def test_files_whose_name_changes_with_their_content_may_be_kept(site: FlaskClient) -> None:
    with site.get("/assets/app-1a2b.js") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with site.get("/favicon.svg") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_no_address_leads_outside_the_folder(site: FlaskClient) -> None:
    """A file that is there and one that is not must give the same answer."""
    outside = Path(__file__).resolve()
    for template in ("/%2e%2e/{}", "/..%2f{}", "/%2f{}", "/x/..%2f..%2f{}", "/..%5c{}"):
        answers = []
        for name in ("outside.txt", "nothing.txt", str(outside)[1:], "nothing" + str(outside)[1:]):
            with site.get(template.format(name)) as answer:
                answers.append((answer.status_code, answer.data))
        assert len(set(answers)) == 1, template


def test_no_folder_is_listed_and_no_repository_served(site: FlaskClient) -> None:
    for path in ("/assets/", "/assets", "/.git/config", "/assets/.git/config", "/.svn/entries"):
        with site.get(path) as answer:
            assert b"app-1a2b" not in answer.data
            assert b"[core]" not in answer.data
            # What is no file is the page's own to make sense of, or not there.
            assert (b"<title>page</title>" in answer.data) == (answer.status_code == 200)


def test_text_files_name_their_charset(service: Service, site: FlaskClient) -> None:
    with site.get("/login") as page, service.client().get("/api/docs") as docs:
        for answer in (page, docs):
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    with service.client().get("/api/me") as refused:
        # JSON has one encoding, and no parameter for it (RFC 8259 §11).
        assert refused.headers["Content-Type"] == "application/json"


def test_the_page_does_not_stand_in_for_the_api(site: FlaskClient) -> None:
    for method in ("GET", "POST", "DELETE"):
        for path in ("/api/nowhere", "/.well-known/nothing", "/api/"):
            assert code_of(site.open(path, method=method)) == (404, "not_found")
    answer = site.get("/api/auth/login")
    assert code_of(answer) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert code_of(site.get("/assets/nothing.js")) == (404, "not_found")


@pytest.mark.parametrize("path", ["/%00", "/a%00b", "/assets/%00", "/%ff%fe", "/" + "%2e" * 500])
def test_an_impossible_file_address_is_survived(site: FlaskClient, path: str) -> None:
    with site.get(path) as answer:
        assert answer.status_code in {200, 404}


@pytest.mark.parametrize(
    ("accepted", "encoding", "sent"),
    [
        ("gzip, deflate, br, zstd", "br", b"run() in br"),
        ("gzip, br;q=0", "gzip", b"run() in gz"),
        ("gzip;q=1.0, br;q=0.1", "br", b"run() in br"),
        ("*", "br", b"run() in br"),
        ("identity", None, b"run()"),
        ("", None, b"run()"),
        (None, None, b"run()"),
        ("br;q=x, \x00", None, b"run()"),
    ],
)
def test_a_file_comes_in_the_smallest_form_that_is_accepted(
    site: FlaskClient, accepted: str | None, encoding: str | None, sent: bytes
) -> None:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    with site.get("/assets/app-1a2b.js", headers=headers) as answer:
        assert answer.data == sent
        assert answer.headers.get("Content-Encoding") == encoding
        assert answer.mimetype == "text/javascript"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_forms_of_a_file_have_different_tags(site: FlaskClient) -> None:
    tags = {}
    for encoding in ("br", "gzip", "identity"):
        with site.get("/assets/app-1a2b.js", headers={"Accept-Encoding": encoding}) as answer:
            tags[encoding] = answer.headers["ETag"]
    assert len({*tags.values()}) == 3
    with site.get(
        "/assets/app-1a2b.js", headers={"Accept-Encoding": "br", "If-None-Match": tags["br"]}
    ) as known:
        assert known.status_code == 304
    with site.get(
        "/assets/app-1a2b.js", headers={"Accept-Encoding": "br", "If-None-Match": tags["gzip"]}
    ) as other:
        assert (other.status_code, other.data) == (200, b"run() in br")


def test_a_file_with_one_compressed_form_has_that_and_itself(site: FlaskClient) -> None:
    for accepted, sent in (("br, gzip", b"p{} in gz"), ("br", b"p{}")):
        with site.get("/assets/app-1a2b.css", headers={"Accept-Encoding": accepted}) as answer:
            assert (answer.data, answer.mimetype) == (sent, "text/css")
    with site.get("/favicon.svg", headers={"Accept-Encoding": "br"}) as answer:
        assert answer.data == b"<svg/>"
        assert "Accept-Encoding" not in answer.headers["Vary"]
