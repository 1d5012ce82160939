"""The cookie carrier: what a browser is given, for how long, and what wins over it."""

from http.cookies import Morsel, SimpleCookie

import pytest
from tests.http.browsing import signed_in
from tests.http.callers import (
    HTTPS,
    NAME,
    PASSWORD,
    Caller,
    Serve,
    Service,
    code_of,
)
from werkzeug.test import TestResponse

PROXY = "10.0.0.7"


def cookies_of(answer: TestResponse) -> dict[str, "Morsel[str]"]:
    """Return the cookies that an answer sets or takes back, by name."""
    found: dict[str, Morsel[str]] = {}
    for header in answer.headers.getlist("Set-Cookie"):
        for name, morsel in SimpleCookie(header).items():
            assert name not in found
            found[name] = morsel
    return found


# Attributes


@pytest.mark.parametrize("remember", [True, False])
def test_the_cookies_on_plain_http(service: Service, remember: bool) -> None:
    service.caller("cookie").register()
    found = cookies_of(service.caller("cookie").login(remember=remember))
    names = {"tally_access", "tally_refresh", "tally_csrf", "tally_remember"}
    assert {name for name, morsel in found.items() if morsel.value} == (
        names if remember else names - {"tally_remember"}
    )
    for name, morsel in found.items():
        assert morsel["path"] == (
            "/api/auth" if name in {"tally_refresh", "tally_remember"} else "/"
        )
        assert bool(morsel["httponly"]) == (name != "tally_csrf") or not morsel.value
        assert not morsel["secure"]
        assert not morsel["domain"]
        if morsel.value:
            assert bool(morsel["expires"]) == remember
            assert morsel["samesite"] == "Lax"


def secure_names() -> dict[str, str]:
    return {
        "__Host-tally_access": "/",
        "__Secure-tally_refresh": "/api/auth",
        "__Host-tally_csrf": "/",
        "__Secure-tally_remember": "/api/auth",
    }


def assert_secure(answer: TestResponse) -> None:
    found = cookies_of(answer)
    assert {name: morsel["path"] for name, morsel in found.items()} == secure_names()
    for name, morsel in found.items():
        assert morsel["secure"] is True
        assert not morsel["domain"]
        if morsel.value:
            assert morsel["samesite"] == "Lax"
            assert bool(morsel["httponly"]) == ("csrf" not in name)


def test_the_cookies_where_the_public_address_is_on_https(serve: Serve) -> None:
    service = serve(public_url=HTTPS)
    browser = service.caller("cookie", base_url=HTTPS)
    browser.register()
    assert_secure(browser.login(remember=True))
    assert_secure(browser.refresh())
    assert_secure(browser.logout())


def test_the_public_address_decides_also_where_the_last_hop_is_plain_http(serve: Serve) -> None:
    service = serve(public_url=HTTPS)
    service.caller("bearer").register()
    answer = service.client().post(
        "/api/auth/login",
        json={"username": NAME, "password": PASSWORD, "delivery": "cookie", "remember": True},
        headers={"Origin": HTTPS},
    )
    assert answer.status_code == 200
    assert_secure(answer)


def test_the_cookies_behind_a_trusted_proxy_that_speaks_https(serve: Serve) -> None:
    service = serve(trusted_proxies=(PROXY,))
    service.caller("bearer").register()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie", "remember": True}
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "auth.example.com"}
    for peer, secure in ((PROXY, True), ("203.0.113.9", False)):
        answer = service.client().post(
            "/api/auth/login",
            json=body,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": peer},
        )
        assert ("__Host-tally_access" in cookies_of(answer)) == secure
    answer = service.client().post(
        "/api/auth/login",
        json=body,
        headers={**headers, "Origin": "https://auth.example.com"},
        environ_overrides={"REMOTE_ADDR": PROXY},
    )
    assert_secure(answer)


def test_the_access_cookie_stays_as_long_as_the_refresh_cookie(browser: Caller) -> None:
    found = cookies_of(browser.login(remember=True))
    assert found["tally_access"]["expires"] == found["tally_refresh"]["expires"]


def test_a_session_cookie_stays_one_after_a_refresh(browser: Caller) -> None:
    for _ in range(2):
        for morsel in cookies_of(browser.refresh()).values():
            assert not morsel.value or not morsel["expires"]
    for morsel in cookies_of(browser.reauthenticate()).values():
        assert not morsel["expires"]


def test_a_persistent_cookie_stays_one_after_a_refresh(service: Service) -> None:
    browser = signed_in(service, remember=True)
    for _ in range(2):
        found = cookies_of(browser.refresh())
        assert found["tally_access"]["expires"]
        assert found["tally_refresh"]["expires"]
    assert cookies_of(browser.reauthenticate())["tally_access"]["expires"]


def test_remembering_applies_to_one_session_only(service: Service) -> None:
    browser = signed_in(service, remember=True)
    browser.login(remember=False)
    assert browser.cookie("remember") == ""
    for answer in (browser.refresh(), browser.reauthenticate()):
        for morsel in cookies_of(answer).values():
            assert not morsel.value or not morsel["expires"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/auth/logout"),
        ("POST", "/api/auth/logout_refresh"),
        ("POST", "/api/auth/logout_all"),
        ("DELETE", "/api/me"),
        ("DELETE", "/api/auth/sessions/{own}"),
    ],
)
def test_every_way_to_end_ones_own_session_takes_the_cookies_back(
    service: Service, method: str, path: str
) -> None:
    browser = signed_in(service, remember=True)
    answer = browser.send(method, path.replace("{own}", browser.session_id))
    assert answer.status_code == 200
    assert {name for name, one in cookies_of(answer).items() if not one.value} == {
        "tally_access",
        "tally_refresh",
        "tally_csrf",
        "tally_remember",
    }
    assert [browser.cookie(name) for name in ("access", "refresh", "csrf", "remember")] == [""] * 4
    assert code_of(browser.me()) == (401, "token_missing")


def test_ending_another_session_leaves_the_cookies(service: Service, browser: Caller) -> None:
    other = service.caller("cookie")
    other.login()
    answer = browser.send("DELETE", f"/api/auth/sessions/{other.session_id}")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


# No token where a script can read it


def test_no_body_of_a_cookie_session_holds_a_token(service: Service) -> None:
    browser = service.caller("cookie")
    browser.register()
    for answer in (browser.login(), browser.refresh(), browser.reauthenticate(), browser.me()):
        assert answer.status_code == 200
        assert "eyJ" not in answer.text
        assert "access_token" not in answer.text
        assert "refresh_token" not in answer.text


def test_a_script_cannot_turn_a_cookie_into_a_token_that_it_can_read(browser: Caller) -> None:
    """What HttpOnly is for: a script on the page must not get away with the session."""
    answer = browser.send("POST", "/api/auth/refresh", {"delivery": "body"})
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["delivery"]
    assert "eyJ" not in answer.text
    assert browser.refresh().get_json()["session"]["generation"] == 1


def test_a_session_in_the_body_can_move_into_cookies(service: Service) -> None:
    app = service.caller("bearer")
    app.register()
    app.login()
    body = {"refresh_token": app.renewal, "delivery": "cookie"}
    browser = service.caller("cookie")
    answer = browser.take(browser.client.post("/api/auth/refresh", json=body))
    assert answer.status_code == 200
    assert "eyJ" not in answer.text
    assert browser.me().status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8080"])
def test_no_foreign_page_moves_its_own_session_into_a_visitors_cookies(
    service: Service, origin: str
) -> None:
    attacker = service.caller("bearer")
    attacker.register()
    attacker.login()
    body = {"refresh_token": attacker.renewal, "delivery": "cookie"}
    answer = service.client().post("/api/auth/refresh", json=body, headers={"Origin": origin})
    assert code_of(answer) == (403, "csrf_failed")
    assert "Set-Cookie" not in answer.headers
    assert attacker.refresh().get_json()["session"]["generation"] == 1


# Header and cookie together


def test_a_header_wins_over_a_cookie(service: Service, browser: Caller) -> None:
    other = service.caller("bearer")
    other.register("other")
    other.login("other")
    sent = {"Authorization": f"Bearer {other.access}"}
    assert browser.client.get("/api/me", headers=sent).get_json()["username"] == "other"
    sent = {"Authorization": "Bearer garbage"}
    assert code_of(browser.client.get("/api/me", headers=sent)) == (401, "token_invalid")


@pytest.mark.parametrize("header", ["Basic aHVmdTp4", "Bearer", "Bearer ", "Digest x", ""])
def test_a_header_without_a_token_does_not_hide_the_cookie(browser: Caller, header: str) -> None:
    assert browser.client.get("/api/me", headers={"Authorization": header}).status_code == 200


def test_signing_out_by_header_leaves_the_session_of_the_cookie_alone(
    service: Service, browser: Caller
) -> None:
    other = service.caller("bearer")
    other.login()
    kept = browser.copy()
    browser.client.delete("/api/auth/logout", headers={"Authorization": f"Bearer {other.access}"})
    assert other.me().status_code == 401
    assert kept.me().status_code == 200
