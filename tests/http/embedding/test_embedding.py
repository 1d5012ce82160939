"""One line in an application of somebody else's: what it gets, and how its views are protected."""

import pytest
from tests.http.callers import NAME, PASSWORD, code_of
from tests.http.embedding.hosts import Build, get, sign_in
from tests.http.holding import departures

from tigertally.flask import current_claims, signed_in
from tigertally.flask.adapter import services_of
from tigertally.flows.administer import Administer
from tigertally.settings import load_settings
from tigertally.testing import MovableClock


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


def test_a_protected_view_knows_the_user(build: Build) -> None:
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
    Administer(context).make_admin(NAME)
    assert code_of(get(app, "/admin", token)) == (401, "token_expired")
    assert get(app, "/admin", sign_in(app)).status_code == 200


def test_a_missing_role_is_logged_once_a_minute_and_counted(
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


def test_a_fresh_view_asks_for_the_password_again(build: Build, clock: MovableClock) -> None:
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


def test_the_user_is_known_only_inside_a_protected_view(build: Build) -> None:
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
