"""What was there stays as it was; factories, several applications, mistakes."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from tests.http.callers import code_of
from tests.http.embedding.hosts import Build, add_faulty_views, add_views, get, sign_in
from tests.http.holding import HeldClient
from werkzeug.exceptions import HTTPException

from tigertally.errors import SetupError
from tigertally.flask.adapter import services_of
from tigertally.server.embed import TigerTally
from tigertally.testing import MovableClock


def test_the_hosts_own_views_and_errors_stay_as_they_were(build: Build) -> None:
    plain = Flask("plain")
    add_views(plain)
    add_faulty_views(plain)
    app = build()
    for path in ("/open", "/nowhere", "/gone", "/broken", "/api/nowhere", "/static/x"):
        before, after = plain.test_client().get(path), get(app, path)
        assert (before.status_code, before.data) == (after.status_code, after.data)
        assert before.headers == after.headers
    before, after = plain.test_client().delete("/open"), app.test_client().delete("/open")
    assert (before.status_code, before.data) == (after.status_code, after.data)


def test_the_hosts_error_pages_are_used_for_its_views_and_not_for_ours(build: Build) -> None:
    app = build()
    pages: list[object] = [400, 401, 403, 404, 405, 413, 415, 500, HTTPException, Exception]
    for page in pages:
        app.register_error_handler(page, lambda error: ("the host's page", 418))  # type: ignore[arg-type]
    token = sign_in(app)
    client = app.test_client()
    for path in ("/nowhere", "/broken", "/gone"):
        assert get(app, path).text == "the host's page"
    headers = {"Authorization": f"Bearer {token}"}
    assert code_of(client.get("/api/me")) == (401, "token_missing")
    assert code_of(client.post("/api/auth/login", json={})) == (400, "invalid_request")
    big = client.post("/api/auth/login", json={"username": "x" * 100_000})
    assert code_of(big) == (413, "payload_too_large")
    chunked = client.post("/api/auth/login", data="x=y")
    assert code_of(chunked) == (415, "unsupported_media_type")
    gone = client.delete("/api/auth/sessions/x", headers=headers)
    assert code_of(gone) == (404, "not_found")
    engine = services_of(app).context.store.engine  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally_sessions SET device_type = 'x'")
    assert code_of(client.get("/api/me", headers=headers)) == (500, "internal_error")


def test_the_hosts_limits_and_hooks_do_not_change_our_answers(build: Build) -> None:
    app = build()
    app.config["MAX_CONTENT_LENGTH"] = 10
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.path))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    assert sign_in(app)
    assert seen == ["/api/auth/register", "/api/auth/login"]


def test_no_header_of_ours_is_on_the_hosts_own_answers(build: Build) -> None:
    answer = get(build(), "/open")
    assert {name for name, _ in answer.headers} == {"Content-Type", "Content-Length"}


def test_what_a_hook_answers_in_our_place_carries_our_headers(build: Build) -> None:
    """Also where the hook passed on the request's id itself, as ours do."""
    app = build(trusted_proxies="127.0.0.1")
    app.test_client_class = None  # The hook's answer is not one of the contract.
    sent = {"X-Request-Id": "from-the-proxy-1"}

    @app.before_request
    def closed() -> Response:
        return Response("closed", 503, {"X-Request-Id": request.headers["X-Request-Id"]})

    headers = app.test_client().get("/api/me", headers=sent).headers
    assert headers.getlist("X-Request-Id") == [sent["X-Request-Id"]]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert set(headers.getlist("Vary")) == {"Accept-Language, Origin"}


# Factories, several applications, mistakes


def test_an_application_factory_makes_as_many_as_it_likes(
    tmp_path: Path, clock: MovableClock
) -> None:
    tally = TigerTally(clock=clock)

    def create_app(name: str) -> Flask:
        app = Flask(name)
        app.config.update(TALLY_DATA_DIR=tmp_path / name, TALLY_PASSWORD_COST="testing")
        app.test_client_class = HeldClient
        composition = tally.init_app(app)
        made.append(composition)
        return app

    made: list[Any] = []
    try:
        one, two = create_app("one"), create_app("two")
        token = sign_in(one)
        assert get(one, "/api/me", token).status_code == 200
        assert code_of(get(two, "/api/me", token)) == (401, "token_invalid")
    finally:
        for composition in made:
            composition.close()


def test_two_applications_in_one_process_know_nothing_of_each_other(build: Build) -> None:
    one, two = build("one"), build("two", session_policy="single")
    first, second = sign_in(one), sign_in(two)
    assert get(one, "/mine", first).status_code == 200
    assert get(two, "/mine", second).status_code == 200
    assert code_of(get(one, "/mine", second)) == (401, "token_invalid")
    assert code_of(get(two, "/mine", first)) == (401, "token_invalid")
    sign_in(two)
    assert code_of(get(two, "/mine", second)) == (401, "session_ended")
    assert get(one, "/mine", first).status_code == 200


def test_two_applications_over_one_database_sign_out_together(build: Build, tmp_path: Path) -> None:
    one, two = build("one"), build("two", data_dir=tmp_path / "one")
    token = sign_in(one)
    for _ in range(20):
        assert get(two, "/mine", token).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert one.test_client().delete("/api/auth/logout", headers=headers).status_code == 200
        assert code_of(get(two, "/mine", token)) == (401, "session_ended")
        token = sign_in(one)


def test_a_setting_that_is_misspelt_stops_the_start(tmp_path: Path) -> None:
    app = Flask("host")
    app.config["TALLY_DATA_DIR"] = tmp_path / "x"
    app.config["TALLY_SESION_POLICY"] = "single"
    with pytest.raises(SetupError):
        TigerTally(app)
