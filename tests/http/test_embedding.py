"""One line in an application of somebody else's: what it gets, and what stays as it was."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD, code_of
from tests.http.holding import HeldClient, departures, operation_of
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tigertally.errors import Forbidden, NotFound, SetupError
from tigertally.flask import current_claims, signed_in
from tigertally.flask.adapter import services_of
from tigertally.server.embed import TigerTally
from tigertally.settings import load_settings
from tigertally.testing import MovableClock

Build = Callable[..., Flask]


class HostClient(FlaskClient):
    """Holds our own addresses against the contract; the others are the host's business."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        if operation_of(answer.request.method, answer.request.path) is not None:
            assert departures(answer) == [], answer.text[:300]
        return answer


class AsyncFlask(Flask):
    """Runs async views without asgiref, by the hook that Flask has for it."""

    def async_to_sync(self, func: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await func(*args, **kwargs)

        return lambda *args, **kwargs: asyncio.run(call(*args, **kwargs))


@pytest.fixture
def build(tmp_path: Path, clock: MovableClock) -> Iterator[Build]:
    """Build applications that embed the product; each name has a database of its own."""
    made: list[Flask] = []

    def make(name: str = "host", **config: object) -> Flask:
        app = AsyncFlask(name)
        app.config["TALLY_DATA_DIR"] = tmp_path / name
        app.config.update({f"TALLY_{key.upper()}": value for key, value in config.items()})
        app.test_client_class = HostClient
        TigerTally(app, clock=clock)
        add_views(app)
        add_faulty_views(app)
        made.append(app)
        return app

    yield make
    for app in made:
        services_of(app).context.store.engine.dispose()  # type: ignore[attr-defined]


def add_views(app: Flask) -> None:
    @app.get("/open")
    def open_to_all() -> dict[str, str]:
        return {"hello": "world"}

    @app.route("/mine", methods=["GET", "POST"])
    @signed_in()
    def mine() -> dict[str, str]:
        return {"user": current_claims().user_id}

    @app.get("/admin")
    @signed_in(role="admin")
    def admin() -> dict[str, str]:
        return {"admin": current_claims().user_id}

    @app.post("/danger")
    @signed_in(fresh=True)
    def danger() -> dict[str, bool]:
        return {"done": True}

    @app.get("/strict/<name>")
    @signed_in(strict=True)
    def strict(name: str) -> dict[str, str]:
        return {"name": name}

    @app.get("/async")
    @signed_in()
    async def slow() -> dict[str, str]:
        await asyncio.sleep(0)
        return {"user": current_claims().user_id}


def add_faulty_views(app: Flask) -> None:
    @app.get("/refused")
    def refused() -> dict[str, str]:
        raise Forbidden

    @app.get("/lost")
    def lost() -> dict[str, str]:
        raise NotFound("a detail for the log")

    @app.get("/forgot")
    def forgot() -> dict[str, str]:
        return {"user": current_claims().user_id}

    @app.get("/broken")
    def broken() -> dict[str, str]:
        raise ValueError("the host's own fault")

    @app.get("/gone")
    def gone() -> str:
        abort(410)


def sign_in(app: Flask) -> str:
    client = app.test_client()
    body = {"username": NAME, "password": PASSWORD}
    client.post("/api/auth/register", json=body)
    answer = client.post("/api/auth/login", json=body)
    assert answer.status_code == 200
    return str(answer.get_json()["access_token"])


def get(app: Flask, path: str, token: str = "") -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return app.test_client().get(path, headers=headers)


def test_one_line_adds_the_whole_contract(build: Build) -> None:
    app = build()
    token = sign_in(app)
    assert get(app, "/api/me", token).get_json()["username"] == NAME
    assert get(app, "/api/docs").status_code == 200
    assert get(app, "/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/mine", "/admin", "/strict/x", "/async"])
def test_a_protected_view_answers_strangers_as_the_contract_does(build: Build, path: str) -> None:
    app = build()
    for token, code in (("", "token_missing"), ("x", "token_invalid")):
        answer = get(app, path, token)
        assert code_of(answer) == (401, code)
        assert departures(answer) == []


def test_a_protected_view_knows_who_asks(build: Build) -> None:
    app = build()
    token = sign_in(app)
    user_id = get(app, "/api/me", token).get_json()["user"]["id"]
    assert get(app, "/mine", token).get_json() == {"user": user_id}
    assert get(app, "/strict/x", token).get_json() == {"name": "x"}
    assert get(app, "/async", token).get_json() == {"user": user_id}


def test_a_view_for_administrators_refuses_everybody_else(build: Build) -> None:
    app = build()
    token = sign_in(app)
    assert code_of(get(app, "/admin", token)) == (403, "forbidden")
    context = services_of(app).context
    with context.store.writing() as tx:
        user = tx.users.find(NAME)
        assert user is not None
        tx.users.replace(replace(user, roles=("admin",)))
    assert code_of(get(app, "/admin", token)) == (403, "forbidden")
    assert get(app, "/admin", sign_in(app)).status_code == 200


def test_who_lacks_a_role_is_written_down_once_a_minute_and_counted(
    build: Build, clock: MovableClock
) -> None:
    app = build()
    token = sign_in(app)
    for _ in range(5):
        assert get(app, "/admin", token).status_code == 403
    context = services_of(app).context

    def refusals() -> list[tuple[str | None, str | None]]:
        with context.store.reading() as tx:
            user = tx.users.find(NAME)
            assert user is not None
            found = tx.events.page(user_id=user.id, before=None, limit=100).events
        return [
            (one.reason, one.session_id) for one in found if one.name == "account:access:refused"
        ]

    ((reason, session_id),) = refusals()
    assert reason == "forbidden"
    assert session_id == get(app, "/api/me", token).get_json()["session"]["id"]
    clock.move(seconds=60)
    assert get(app, "/admin", token).status_code == 403
    assert len(refusals()) == 2
    figures = services_of(app).metrics.exposition()[0].decode()
    assert 'tally_refusals_total{code="forbidden"} 6.0' in figures


def test_a_dangerous_view_asks_for_the_password_again(build: Build, clock: MovableClock) -> None:
    app = build()
    headers = {"Authorization": f"Bearer {sign_in(app)}"}
    client = app.test_client()
    assert client.post("/danger", headers=headers).status_code == 200
    clock.move(minutes=5)
    assert code_of(client.post("/danger", headers=headers)) == (403, "fresh_token_required")
    again = client.post("/api/auth/reauthenticate", json={"password": PASSWORD}, headers=headers)
    headers = {"Authorization": f"Bearer {again.get_json()['access_token']}"}
    assert client.post("/danger", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/mine", "/strict/x", "/async"])
def test_after_a_sign_out_every_protected_view_refuses(build: Build, path: str) -> None:
    app = build()
    token = sign_in(app)
    assert get(app, path, token).status_code == 200
    app.test_client().delete("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert code_of(get(app, path, token)) == (401, "session_ended")


def test_a_strict_view_asks_the_row_itself(build: Build) -> None:
    app = build()
    token = sign_in(app)
    engine = services_of(app).context.store.engine  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    assert get(app, "/mine", token).status_code == 200
    assert code_of(get(app, "/strict/x", token)) == (401, "session_unknown")


def test_a_protected_view_by_cookie_asks_for_proof_where_something_changes(build: Build) -> None:
    app = build()
    sign_in(app)
    browser = app.test_client()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    csrf = browser.post("/api/auth/login", json=body).get_json()["csrf_token"]
    assert browser.get("/mine").status_code == 200
    assert code_of(browser.post("/mine")) == (403, "csrf_failed")
    foreign = {"X-CSRF-Token": csrf, "Origin": "https://evil.example"}
    assert code_of(browser.post("/mine", headers=foreign)) == (403, "csrf_failed")
    assert browser.post("/mine", headers={"X-CSRF-Token": csrf}).status_code == 200


def test_an_error_of_ours_in_a_view_of_the_host_is_answered_as_ours(build: Build) -> None:
    app = build()
    for path, status, code in (("/refused", 403, "forbidden"), ("/lost", 404, "not_found")):
        answer = app.test_client().get(path, headers={"Accept-Language": "zh-CN"})
        assert code_of(answer) == (status, code)
        assert departures(answer) == []
        assert "detail" not in answer.text


def test_a_view_that_forgot_its_protection_does_not_run(build: Build) -> None:
    app = build()
    token = sign_in(app)
    assert get(app, "/mine", token).status_code == 200
    assert get(app, "/forgot", token).status_code == 500


# What was there stays as it was


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


# Factories, several applications, mistakes


def test_an_application_factory_makes_as_many_as_it_likes(
    tmp_path: Path, clock: MovableClock
) -> None:
    tally = TigerTally(clock=clock)

    def create_app(name: str) -> Flask:
        app = Flask(name)
        app.config["TALLY_DATA_DIR"] = tmp_path / name
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


def test_who_asks_is_known_only_inside_of_a_protected_view(build: Build) -> None:
    app = build()
    with app.test_request_context("/open"), pytest.raises(RuntimeError):
        current_claims()


def test_the_settings_of_the_host_are_our_settings(build: Build) -> None:
    app = build(access_ttl=60, registration="closed")
    answer = app.test_client().post(
        "/api/auth/register", json={"username": NAME, "password": PASSWORD}
    )
    assert code_of(answer) == (403, "registration_closed")
    assert load_settings({"access_ttl": 60}, environ={}).access_ttl == 60


def test_a_view_keeps_its_name_and_its_signature() -> None:
    @signed_in()
    def reports(year: int) -> str:
        """Return the reports of a year."""
        return str(year)

    assert reports.__name__ == "reports"
    assert reports.__doc__ == "Return the reports of a year."
