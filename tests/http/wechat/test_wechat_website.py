"""Signing in on a website by QR code: the way back belongs to the browser that left."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from tests.conftest import Compose
from tests.http.callers import answered_to_host
from tests.http.wechat.conftest import ADA, Place, code_of, json_of, make_place
from werkzeug.test import TestResponse

from tigertally.testing.wechat import StandIn

URL = "/api/auth/login/wechat-web"


@pytest.fixture
def browser(place: Place) -> FlaskClient:
    return place.app.test_client()


def begin(browser: FlaskClient) -> dict[str, str]:
    """Leave for WeChat's page; return what its address says."""
    answer = json_of(browser.post(f"{URL}/start", json={}))
    query = parse_qs(urlsplit(answer["authorize_url"]).query)
    assert query["state"] == [answer["state"]]
    return {name: values[0] for name, values in query.items()}


def come_back(browser: FlaskClient, place: Place, state: str | None) -> TestResponse:
    """Scan, and send what WeChat sends the browser back with."""
    code = place.wechat.issue_code(place.wechat.app_ids[1], ADA)
    body = {"code": code, "delivery": "cookie"} | ({"state": state} if state else {})
    return browser.post(URL, json=body)


def test_scanning_the_qr_code_signs_in(browser: FlaskClient, place: Place) -> None:
    left = begin(browser)
    assert left["appid"] == place.wechat.app_ids[1]
    assert left["redirect_uri"] == "http://localhost/login/wechat-web"
    answer = come_back(browser, place, left["state"])
    assert json_of(answer)["created"] is True
    assert json_of(answer)["session"]["device_type"] == "web"
    assert browser.get("/api/me").status_code == 200


def test_the_account_is_the_one_of_the_mini_program(browser: FlaskClient, place: Place) -> None:
    user = json_of(place.phone(ADA).login())["user"]
    answer = come_back(browser, place, begin(browser)["state"])
    assert json_of(answer)["user"] == user


@pytest.mark.parametrize("state", [None, "another-state-than-that"])
def test_another_state_is_refused(browser: FlaskClient, place: Place, state: str | None) -> None:
    begin(browser)
    assert code_of(come_back(browser, place, state)) == (403, "csrf_failed")
    assert place.wechat.asked == []


def test_the_way_back_of_another_browser_is_refused(browser: FlaskClient, place: Place) -> None:
    """An attacker sends the victim a link with a code and a state of their own."""
    state = begin(browser)["state"]
    victim = place.app.test_client()
    assert code_of(come_back(victim, place, state)) == (403, "csrf_failed")
    begin(victim)
    assert code_of(come_back(victim, place, state)) == (403, "csrf_failed")


@pytest.mark.parametrize(
    "forged", ["{state}.99999999999.00", "{state}", "..", "{state}.²³.x", "a.b.c"]
)
def test_a_cookie_that_is_not_ours_is_refused(
    browser: FlaskClient, place: Place, forged: str
) -> None:
    state = begin(browser)["state"]
    value = forged.format(state=state)
    browser.set_cookie("tally_login_state", value)
    assert code_of(come_back(browser, place, state)) == (403, "csrf_failed")


def test_a_sign_in_on_the_page_expires_after_ten_minutes(
    browser: FlaskClient, place: Place
) -> None:
    state = begin(browser)["state"]
    place.clock.move(seconds=600)
    assert code_of(come_back(browser, place, state)) == (403, "csrf_failed")


def test_linking_is_bound_to_the_browser_too(browser: FlaskClient, place: Place) -> None:
    """Else an attacker could link their WeChat to the victim's account, and sign in to it."""
    phone = place.phone()
    phone.login()
    code = place.wechat.issue_code(place.wechat.app_ids[1], ADA)
    body = {"provider": "wechat-web", "code": code, "state": begin(browser)["state"]}
    assert code_of(phone.call("POST", "/api/auth/identities", body)) == (403, "csrf_failed")


@pytest.mark.parametrize("host", ["[:1]", "[:::1]:80", "a b"])
def test_no_way_back_is_made_of_an_invalid_host(browser: FlaskClient, host: str) -> None:
    assert answered_to_host(browser.application, host, "POST", f"{URL}/start", {}) == 400


def test_a_mini_program_has_no_page(browser: FlaskClient) -> None:
    for provider in ("wechat-mini", "douyin-mini", "github"):
        answer = browser.post(f"/api/auth/login/{provider}/start")
        assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"public_url": "https://a.example"}, "https://a.example/login/wechat-web"),
        (
            {"public_url": "https://a.example", "wechat_web_return_url": "https://a.example/x?y=1"},
            "https://a.example/x?y=1",
        ),
    ],
)
def test_the_way_back_leads_to_the_public_address_whatever_the_request_says(
    compose_with: Compose,
    settings: dict[str, object],
    wechat: StandIn,
    more: dict[str, object],
    expected: str,
) -> None:
    place = make_place(compose_with, settings | more, wechat)
    browser = place.app.test_client()
    answer = browser.post(f"{URL}/start", json={}, headers={"Host": "evil.example"})
    query = parse_qs(urlsplit(json_of(answer)["authorize_url"]).query)
    assert query["redirect_uri"] == [expected]
    assert "__Host-tally_login_state" in answer.headers["Set-Cookie"]
    assert "Path=/;" in answer.headers["Set-Cookie"] + ";"
