"""Pages that an application renders itself: to its sign-in page and back, forms, blueprints."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Blueprint, Flask, redirect, render_template_string, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from tests.http.callers import NAME, PASSWORD, code_of
from werkzeug.test import TestResponse

from tigertally import TallyError, TigerTally
from tigertally.testing import MovableClock
from tigertally.web.place import local_target

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
}
PAGE = "{{ tally.current_user.username }}<form method=post>{{ tally.csrf_field }}</form>"
Visit = Callable[..., TestResponse]


def add_pages(app: Flask, tally: TigerTally) -> None:
    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> ResponseReturnValue:
        if request.method == "GET":
            return f"sign in, please: {request.args.get('reason', '')}"
        try:
            pair = tally.sign_in_with_password(request.form["name"], request.form["password"])
        except TallyError as error:
            return tally.explain(error), 401
        response = redirect(tally.next_url("/home"))
        pair.set_cookies(response)
        return response

    @app.post("/sign-out")
    @tally.required()
    def sign_out() -> ResponseReturnValue:
        assert tally.current_session
        tally.end_session(tally.current_session.id, reason="logged_out")
        response = redirect("/sign-in")
        tally.clear_cookies(response)
        return response

    staff = Blueprint("staff", __name__, url_prefix="/staff")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    tally.protect(staff)

    @staff.route("/page", methods=["GET", "POST"])
    def page() -> str:
        return f"posted {request.form['word']}" if request.form else render_template_string(PAGE)

    @inner.get("/page")
    def deep() -> str:
        return "deep"

    @staff.route("/options", methods=["GET", "OPTIONS"], provide_automatic_options=False)
    def options() -> str:
        return "mine"

    staff.register_blueprint(inner)
    app.register_blueprint(staff)

    @app.get("/danger")
    @tally.required(fresh=True)
    def danger() -> str:
        return "done"


@pytest.fixture
def made(tmp_path: Path, clock: MovableClock) -> Iterator[tuple[TigerTally, FlaskClient]]:
    app = Flask("pages")
    app.config.update(TALLY_DATA_DIR=tmp_path / "data", TALLY_PASSWORD_COST="testing")
    tally = TigerTally(app, login_view="sign_in", clock=clock)
    add_pages(app, tally)
    client = app.test_client()
    client.post("/api/auth/register", json={"username": NAME, "password": PASSWORD})
    yield tally, client
    tally.close()


@pytest.fixture
def client(made: tuple[TigerTally, FlaskClient]) -> FlaskClient:
    return made[1]


def enter(client: FlaskClient, path: str = "/sign-in") -> TestResponse:
    form = {"name": NAME, "password": PASSWORD}
    return client.post(path, data=form, headers=BROWSER)


def led_to(answer: TestResponse) -> tuple[str, dict[str, list[str]]]:
    address = urlsplit(answer.headers["Location"])
    assert address.netloc in {"", "localhost"}
    return address.path, parse_qs(address.query)


def test_a_page_leads_to_the_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/staff/page?tab=2&x=%E8%99%8E", headers=BROWSER)
    assert answer.status_code == 303
    assert led_to(answer) == ("/sign-in", {"next": ["/staff/page?tab=2&x=%E8%99%8E"]})
    entered = enter(client, answer.headers["Location"])
    assert entered.headers["Location"] == "/staff/page?tab=2&x=%E8%99%8E"
    assert NAME in client.get("/staff/page", headers=BROWSER).text


@pytest.mark.parametrize(
    "headers", [{}, {"Accept": "application/json"}, {**BROWSER, "Sec-Fetch-Mode": "cors"}]
)
def test_a_program_gets_the_error(client: FlaskClient, headers: dict[str, str]) -> None:
    assert code_of(client.get("/staff/page", headers=headers)) == (401, "token_missing")


def test_a_page_with_an_expired_token_goes_on(client: FlaskClient, clock: MovableClock) -> None:
    enter(client)
    clock.move(hours=5)
    led = client.get("/staff/page?tab=2", headers=BROWSER)
    assert led.status_code == 307
    assert led_to(led) == ("/api/auth/continue", {"next": ["/staff/page?tab=2"]})
    shown = client.get("/staff/page?tab=2", headers=BROWSER, follow_redirects=True)
    assert (shown.status_code, shown.request.path) == (200, "/staff/page")
    # A form that lay open meanwhile arrives with what was typed.
    clock.move(hours=5)
    token = client.get_cookie("tally_csrf")
    assert token is not None
    sent = client.post(
        "/staff/page",
        data={"csrf_token": token.value, "word": "tiger"},
        headers=BROWSER,
        follow_redirects=True,
    )
    assert sent.text == "posted tiger"


def test_an_ended_session_is_told_with_its_reason(
    made: tuple[TigerTally, FlaskClient], clock: MovableClock
) -> None:
    tally, client = made
    enter(client)
    claims = client.get("/api/me").get_json()["user"]
    tally.end_sessions(claims["id"], reason="kicked")
    answer = client.get("/staff/page", headers=BROWSER)
    assert led_to(answer) == ("/sign-in", {"next": ["/staff/page"], "reason": ["kicked"]})
    assert client.get_cookie("tally_access") is None
    # Also where the token has expired meanwhile.
    enter(client)
    tally.end_sessions(claims["id"], reason="kicked")
    clock.move(hours=5)
    answer = client.get("/staff/page", headers=BROWSER, follow_redirects=True)
    assert answer.text == "sign in, please: kicked"


def test_what_needs_a_fresh_token_leads_to_the_sign_in_too(
    client: FlaskClient, clock: MovableClock
) -> None:
    enter(client)
    assert client.get("/danger", headers=BROWSER).text == "done"
    clock.move(minutes=10)
    answer = client.get("/danger", headers=BROWSER)
    assert led_to(answer) == ("/sign-in", {"next": ["/danger"]})
    assert client.get_cookie("tally_access") is not None


def test_a_form_needs_its_token(client: FlaskClient) -> None:
    enter(client)
    page = client.get("/staff/page", headers=BROWSER).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert token.count(".") == 2
    sent = {"csrf_token": token, "word": "tiger"}
    assert client.post("/staff/page", data=sent, headers=BROWSER).text == "posted tiger"
    # Beside a library for forms that has a field of the same name.
    both = {"csrf_token": ["theirs", token], "word": "tiger"}
    assert client.post("/staff/page", data=both, headers=BROWSER).text == "posted tiger"
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": token[:-1]}, {"csrf_token": "x" * 90}):
        refused = client.post("/staff/page", data={"word": "tiger", **wrong}, headers=BROWSER)
        assert code_of(refused) == (403, "csrf_failed")
    foreign = {**BROWSER, "Origin": "https://evil.example"}
    assert code_of(client.post("/staff/page", data=sent, headers=foreign)) == (403, "csrf_failed")
    assert client.post("/sign-out", data=sent, headers=BROWSER).status_code == 302
    assert client.get("/staff/page", headers=BROWSER).status_code == 303
    assert client.get("/sign-in", headers=BROWSER).status_code == 200


def test_a_form_of_another_site_signs_nobody_in_and_nobody_out(
    made: tuple[TigerTally, FlaskClient],
) -> None:
    tally, client = made
    enter(client)
    user_id = client.get("/api/me").get_json()["user"]["id"]
    form = {"name": NAME, "password": PASSWORD}
    answer = client.post("/sign-in", data=form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 401
    assert len(tally.sessions(user_id)) == 1
    assert client.get("/staff/page", headers=BROWSER).status_code == 200


@pytest.mark.parametrize("by", ["processor", "global", "view"])
def test_a_name_of_the_applications_own_in_its_templates_stays(tmp_path: Path, by: str) -> None:
    app, given = Flask("pages", instance_path=str(tmp_path)), {"tally": "mine"}
    if by == "processor":
        app.context_processor(lambda: given)
    tally = TigerTally(app)
    app.jinja_options = {"trim_blocks": True}
    if by == "global":
        app.jinja_env.globals.update(given)
    with app.test_request_context():
        shown = render_template_string("{{ tally }}", **given if by == "view" else {})
    assert shown == "mine"
    assert app.jinja_env.trim_blocks
    tally.close()


@pytest.mark.parametrize(
    "wrong", [{"name": "a\0b"}, {"name": "a" * 9000}, {"password": "a" * 9000}]
)
def test_a_form_is_held_against_the_limits_of_the_api(
    client: FlaskClient, wrong: dict[str, str]
) -> None:
    answer = client.post("/sign-in", data={"name": NAME, "password": PASSWORD, **wrong})
    assert answer.status_code == 401
    assert client.get_cookie("tally_access") is None


def test_a_link_of_another_site_leads_to_a_page_with_an_expired_token(
    client: FlaskClient, clock: MovableClock
) -> None:
    enter(client)
    clock.move(hours=5)
    linked = {**BROWSER, "Sec-Fetch-Site": "cross-site"}
    shown = client.get("/staff/page?tab=2", headers=linked, follow_redirects=True)
    assert shown.request.path == "/staff/page"
    # What changes something does not follow from there.
    clock.move(hours=5)
    led = client.post("/api/auth/continue?next=/staff/page", headers=linked)
    assert led_to(led) == ("/sign-in", {})


def test_the_sign_in_page_can_tell_who_is_signed_in(
    made: tuple[TigerTally, FlaskClient], clock: MovableClock
) -> None:
    """A token that does not count must not keep anybody from signing in."""
    tally, client = made
    views: dict[str, Any] = client.application.view_functions
    views["sign_in"] = tally.required(optional=True)(views["sign_in"])
    enter(client)
    user_id = client.get("/api/me").get_json()["user"]["id"]
    clock.move(hours=5)
    client.delete_cookie("tally_refresh", path="/api/auth")
    for path in ("/sign-in", "/staff/page"):
        shown = client.get(path, headers=BROWSER, follow_redirects=True)
        assert (shown.status_code, shown.request.path) == (200, "/sign-in")
    assert enter(client).status_code == 302
    tally.end_sessions(user_id, reason="kicked")
    assert enter(client).status_code == 302


def test_every_view_of_a_protected_blueprint_asks_who_calls(client: FlaskClient) -> None:
    for path in ("/staff/page", "/staff/inner/page", "/staff/options"):
        assert code_of(client.get(path)) == (401, "token_missing")
    assert client.options("/staff/page").status_code == 200
    assert code_of(client.options("/staff/options")) == (401, "token_missing")


def test_wrong_passwords_are_told_and_counted(client: FlaskClient) -> None:
    form = {"name": NAME, "password": "wrong"}
    said = [client.post("/sign-in", data=form).text for _ in range(6)]
    assert len({*said[:5]}) == 1
    assert "wait" in said[5].lower() or "later" in said[5].lower() or "again" in said[5].lower()


UNSAFE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", " /home", "javascript:alert(1)", "home", "", "/a\\b",
    "/" + "a" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("target", UNSAFE)
def test_nobody_is_led_to_another_host(client: FlaskClient, target: str) -> None:
    assert local_target(target) is None
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"name": NAME, "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/home"
    led = client.get("/api/auth/continue", query_string={"next": target}, headers=BROWSER)
    assert led_to(led)[0] in {"/", "/sign-in"}


def test_a_session_of_a_script_is_not_taken_for_stolen(
    made: tuple[TigerTally, FlaskClient], clock: MovableClock
) -> None:
    tally, client = made
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    signed_in = client.post("/api/auth/login", json=body, headers={"Tally-Nonce": "a" * 22})
    clock.move(hours=5)
    answer = client.get("/staff/page", headers=BROWSER, follow_redirects=True)
    assert answer.request.path == "/sign-in"
    assert len(tally.sessions(signed_in.get_json()["user"]["id"])) == 1
    assert client.get_cookie("tally_refresh", path="/api/auth") is not None


def test_a_sign_in_page_that_is_not_there_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask("pages")
    app.config["TALLY_DATA_DIR"] = tmp_path / "data"
    tally = TigerTally(app, login_view="sing_in")
    app.add_url_rule("/page", view_func=tally.required()(lambda: ""), endpoint="page")
    assert app.test_client().get("/page", headers=BROWSER).status_code == 500
    assert "login_view='sing_in' is no endpoint" in caplog.text
    tally.close()


def test_below_a_path_everything_stays_below_it(tmp_path: Path, clock: MovableClock) -> None:
    app = Flask("pages")
    app.config.update(TALLY_DATA_DIR=tmp_path / "data", TALLY_PASSWORD_COST="testing")
    tally = TigerTally(app, login_view="sign_in", clock=clock)
    add_pages(app, tally)
    client, below = app.test_client(), {"base_url": "http://localhost/shop"}
    named: dict[str, Any] = {"json": {"username": NAME, "password": PASSWORD}, **below}
    client.post("/api/auth/register", **named)
    answer = client.get("/staff/page", headers=BROWSER, **below)
    assert led_to(answer) == ("/shop/sign-in", {"next": ["/shop/staff/page"]})
    client.post("/sign-in", data=named["json"] | {"name": NAME}, **below)
    clock.move(hours=5)
    led = client.get("/staff/page", headers=BROWSER, **below)
    assert led_to(led)[0] == "/shop/api/auth/continue"
    shown = client.get("/staff/page", headers=BROWSER, follow_redirects=True, **below)
    assert NAME in shown.text
    tally.close()
