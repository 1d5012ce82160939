"""The cookie carrier: what a browser is given, for how long, and what proves that it was meant."""

from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from tests.http.callers import (
    NAME,
    PASSWORD,
    Caller,
    Json,
    Serve,
    Service,
    answered_to_host,
    code_of,
    ended_of,
)
from werkzeug.test import TestResponse

from tigertally.errors import SetupError

HTTPS = "https://auth.example.com"
PROXY = "10.0.0.7"


def cookies_of(answer: TestResponse) -> dict[str, "Morsel[str]"]:
    """Return the cookies that an answer sets or takes back, by name."""
    found: dict[str, Morsel[str]] = {}
    for header in answer.headers.getlist("Set-Cookie"):
        for name, morsel in SimpleCookie(header).items():
            assert name not in found
            found[name] = morsel
    return found


def signed_in(service: Service, *, base_url: str = "http://localhost", **more: Any) -> Caller:
    browser = service.caller("cookie", base_url=base_url)
    browser.register()
    assert browser.login(**more).status_code == 200
    return browser


@pytest.fixture
def browser(service: Service) -> Caller:
    """A browser that is signed in, on plain http."""
    return signed_in(service)


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


def test_what_was_not_to_be_remembered_is_not_after_a_refresh_either(browser: Caller) -> None:
    for _ in range(2):
        for morsel in cookies_of(browser.refresh()).values():
            assert not morsel.value or not morsel["expires"]
    for morsel in cookies_of(browser.reauthenticate()).values():
        assert not morsel["expires"]


def test_what_was_to_be_remembered_still_is_after_a_refresh(service: Service) -> None:
    browser = signed_in(service, remember=True)
    for _ in range(2):
        found = cookies_of(browser.refresh())
        assert found["tally_access"]["expires"]
        assert found["tally_refresh"]["expires"]
    assert cookies_of(browser.reauthenticate())["tally_access"]["expires"]


def test_who_asked_to_be_remembered_once_is_not_for_ever(service: Service) -> None:
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


# CSRF

CHANGES = [
    ("DELETE", "/api/auth/logout"),
    ("POST", "/api/auth/logout"),
    ("DELETE", "/api/auth/logout_refresh"),
    ("POST", "/api/auth/logout_refresh"),
    ("POST", "/api/auth/logout_all"),
    ("POST", "/api/auth/refresh"),
    ("DELETE", "/api/auth/sessions?scope=others"),
    ("DELETE", "/api/auth/sessions/x"),
    ("POST", "/api/auth/reauthenticate"),
    ("PUT", "/api/auth/password"),
    ("PATCH", "/api/me"),
    ("POST", "/api/me"),
    ("DELETE", "/api/me"),
]


def body_for(path: str) -> Json | None:
    bodies: dict[str, Json] = {
        "/api/auth/reauthenticate": {"password": PASSWORD},
        "/api/auth/password": {"current_password": PASSWORD, "new_password": "three halves"},
        "/api/me": {"display_name": "Mallory"},
    }
    return bodies.get(path)


def forged(browser: Caller, service: Service, kind: str) -> str:
    session_id, generation, mac = browser.csrf.split(".")
    if kind == "other session":
        other = service.caller("cookie")
        other.login()
        return other.csrf
    return {
        "empty": "",
        "nonsense": "x",
        "dots": "..",
        "mac of another session": f"{session_id}.{generation}.{'0' * 32}",
        "no mac": f"{session_id}.{generation}.",
        "no session": f".{generation}.{mac}",
        "another id": f"0{session_id[1:]}.{generation}.{mac}",
        "not latin": "é" * 40,
        "the access token": browser.access,
    }[kind]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_no_change_is_made_without_a_csrf_token(browser: Caller, method: str, path: str) -> None:
    browser.csrf = ""
    body = body_for(path) if method != "DELETE" else None
    answer = browser.send(method, path, body)
    assert code_of(answer) == (403, "csrf_failed")
    me = browser.me().get_json()
    assert (me["session"]["generation"], me["user"]["display_name"]) == (0, None)


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "nonsense",
        "dots",
        "mac of another session",
        "no mac",
        "no session",
        "another id",
        "other session",
        "not latin",
        "the access token",
    ],
)
@pytest.mark.parametrize("path", ["/api/auth/logout_all", "/api/auth/refresh", "/api/auth/logout"])
def test_no_change_is_made_with_a_csrf_token_that_is_not_ones_own(
    browser: Caller, service: Service, kind: str, path: str
) -> None:
    browser.csrf = forged(browser, service, kind)
    headers = {"X-CSRF-Token": browser.csrf}
    assert code_of(browser.send("POST", path, headers=headers)) == (403, "csrf_failed")
    assert browser.me().status_code == 200


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": ""},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_no_change_is_made_for_a_foreign_page(
    browser: Caller, method: str, path: str, headers: dict[str, str]
) -> None:
    body = body_for(path) if method != "DELETE" else None
    answer = browser.send(method, path, body, headers=headers)
    assert code_of(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
def test_a_browser_that_names_no_origin_is_asked_where_it_was(browser: Caller, site: str) -> None:
    headers = {"X-CSRF-Token": browser.csrf, "Sec-Fetch-Site": site}
    answer = browser.client.post("/api/auth/logout_all", headers=headers)
    assert code_of(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_may_change_things(browser: Caller, site: str) -> None:
    headers = {"X-CSRF-Token": browser.csrf, "Sec-Fetch-Site": site}
    assert browser.client.post("/api/auth/logout_all", headers=headers).status_code == 200


def test_a_listed_origin_and_the_public_address_are_ours(serve: Serve) -> None:
    service = serve(public_url=HTTPS, cors_origins=("https://shop.example",))
    for origin in (HTTPS, "https://shop.example"):
        browser = signed_in(service, base_url=HTTPS)
        answer = browser.send("POST", "/api/auth/logout_all", headers={"Origin": origin})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("base_url", "headers", "origin"),
    [
        ("https://auth.example.com", {}, "https://auth.example.com"),
        # Proxies that repeat the scheme's own port, or the name as it was typed.
        ("https://auth.example.com:443", {}, "https://auth.example.com"),
        ("http://auth.example.com:80", {}, "http://auth.example.com"),
        ("https://AUTH.Example.com", {}, "https://auth.example.com"),
        ("https://auth.example.com.", {}, "https://auth.example.com."),
        ("https://[2001:DB8::0:1]:8443", {}, "https://[2001:db8::1]:8443"),
        ("https://xn--fiqs8s.example", {}, "https://xn--fiqs8s.example"),
        # Proxies that hand the host on without its port, and say the port apart.
        ("http://inside", {"X-Forwarded-Host": "a.example", "X-Forwarded-Proto": "https",
                           "X-Forwarded-Port": "8443"}, "https://a.example:8443"),
        ("http://inside", {"X-Forwarded-Host": "a.example", "X-Forwarded-Proto": "https",
                           "X-Forwarded-Port": "8080, 443"}, "https://a.example"),
    ],
)  # fmt: skip
def test_our_own_page_is_known_however_its_address_is_spelt(
    serve: Serve, base_url: str, headers: dict[str, str], origin: str
) -> None:
    service = serve(trusted_proxies="127.0.0.1")
    service.caller("bearer").register()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    sent = {**headers, "Origin": origin}
    answer = service.client().post("/api/auth/login", json=body, headers=sent, base_url=base_url)
    assert answer.status_code == 200, answer.text
    for foreign in ("https://evil.example", "https://a.example:8444", "null", f"{origin}.evil"):
        sent["Origin"] = foreign
        answer = service.client().post(
            "/api/auth/login", json=body, headers=sent, base_url=base_url
        )
        assert code_of(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("host", ["[:1]:80", "[:::1]", "[::1", "a b"])
def test_an_invalid_host_that_another_server_lets_through_is_no_origin(
    serve: Serve, host: str
) -> None:
    app = serve(cors_origins=("https://shop.example",)).app
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    assert answered_to_host(app, host, "POST", "/api/auth/login", body) == 403
    assert answered_to_host(app, host, "OPTIONS", "/api/me") == 200


@pytest.mark.parametrize("generation", ["0", "7", "", "x"])
def test_a_csrf_token_of_an_older_generation_is_as_good(browser: Caller, generation: str) -> None:
    session_id, _, mac = browser.csrf.split(".")
    browser.refresh()
    browser.csrf = f"{session_id}.{generation}.{mac}"
    assert browser.send("POST", "/api/auth/logout_all").status_code == 200


def test_reading_needs_no_csrf_token(browser: Caller) -> None:
    browser.csrf = ""
    for path in ("/api/me", "/api/auth/sessions", "/api/auth/events"):
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = browser.send("GET", path, headers=headers)
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert browser.send("HEAD", path).status_code == 200


def test_no_foreign_page_signs_a_visitor_in_to_its_own_account(service: Service) -> None:
    service.caller("bearer").register()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = service.client().post("/api/auth/login", json=body, headers=headers)
        assert code_of(answer) == (403, "csrf_failed")
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_no_form_of_a_foreign_page_is_read_as_json(service: Service, content_type: str) -> None:
    """A form needs no preflight, so a body that a form can send must never count."""
    body = f'{{"username": "{NAME}", "password": "{PASSWORD}", "delivery": "cookie"}}'
    answer = service.client().post("/api/auth/login", data=body, content_type=content_type)
    assert code_of(answer) == (415, "unsupported_media_type")


def test_a_session_that_has_ended_says_so_before_it_asks_for_a_csrf_token(
    browser: Caller, service: Service
) -> None:
    other = service.caller("cookie")
    other.login()
    other.send("DELETE", "/api/auth/sessions?scope=others")
    browser.csrf = ""
    assert ended_of(browser.send("POST", "/api/auth/logout_all"))["reason"] == "kicked"


# Tossed cookies: another host of the same site may plant cookies with a Domain attribute


def test_a_planted_refresh_cookie_does_not_swap_the_session(serve: Serve) -> None:
    """`__Secure-` keeps out plain http, but not a neighbour like evil.example.com."""
    service = serve(public_url=HTTPS)
    victim = signed_in(service, base_url=HTTPS)
    attacker = service.caller("cookie", base_url=HTTPS)
    attacker.register("mallory")
    attacker.login("mallory")
    # The longer path goes first, and the page's script reads the planted CSRF cookie.
    headers = {
        "Cookie": f"__Secure-tally_refresh={attacker.renewal}; __Host-tally_access={victim.access};"
        f" __Secure-tally_refresh={victim.renewal}",
        "X-CSRF-Token": attacker.csrf,
        "Origin": HTTPS,
    }
    answer = service.client().post("/api/auth/refresh", headers=headers, base_url=HTTPS)
    assert code_of(answer) == (403, "csrf_failed")
    assert "Set-Cookie" not in answer.headers
    headers["X-CSRF-Token"] = victim.csrf
    answer = service.client().post("/api/auth/refresh", headers=headers, base_url=HTTPS)
    assert answer.get_json()["user"]["username"] == NAME


def test_cookies_of_the_other_scheme_are_not_looked_at(serve: Serve) -> None:
    service = serve(public_url=HTTPS)
    browser = signed_in(service, base_url=HTTPS)
    headers = {"Cookie": f"tally_access={browser.access}; tally_refresh={browser.renewal}"}
    answer = service.client().get("/api/me", headers=headers, base_url=HTTPS)
    assert code_of(answer) == (401, "token_missing")


@pytest.mark.parametrize(
    "cookie", ["tally_access", "tally_access=", "tally_access=;", ";;=;", "=x"]
)
def test_an_empty_cookie_is_no_token(service: Service, cookie: str) -> None:
    answer = service.client().get("/api/me", headers={"Cookie": cookie})
    assert code_of(answer) == (401, "token_missing")


def test_a_foreign_origin_cannot_be_made_ours_by_a_wildcard(serve: Serve) -> None:
    for origin in ("*", "https://*.example.com", "null", "example.com"):
        with pytest.raises(SetupError):
            serve(cors_origins=(origin,))


def test_a_planted_refresh_cookie_does_not_keep_anybody_signed_in(serve: Serve) -> None:
    service = serve(public_url=HTTPS)
    victim = signed_in(service, base_url=HTTPS)
    kept = victim.copy()
    attacker = service.caller("cookie", base_url=HTTPS)
    attacker.login()
    for method in ("POST", "DELETE"):
        headers = {
            "Cookie": f"__Secure-tally_refresh={attacker.renewal}; "
            f"__Host-tally_access={victim.access}; __Secure-tally_refresh={victim.renewal}",
            "X-CSRF-Token": victim.csrf,
            "Origin": HTTPS,
        }
        answer = service.client().open(
            "/api/auth/logout", method=method, headers=headers, base_url=HTTPS
        )
        assert answer.status_code == 200
    assert ended_of(kept.me())["reason"] == "logged_out"
    assert attacker.me().status_code == 200


def planted(attacker: Caller, *, csrf_cookie: str = "") -> dict[str, str]:
    """Return what a browser sends after a neighbour planted its own session's refresh cookie."""
    secure = attacker.base_url.startswith("https")
    prefix = "__Secure-" if secure else ""
    beside = f"; {csrf_cookie}={attacker.csrf}" if csrf_cookie else ""
    return {
        "Cookie": f"{prefix}tally_refresh={attacker.renewal}{beside}",
        "X-CSRF-Token": attacker.csrf,
        "Origin": attacker.base_url,
    }


@pytest.mark.parametrize("base_url", [HTTPS, "http://localhost"])
@pytest.mark.parametrize("csrf_cookie", ["", "__Secure-tally_csrf", "tally_csrf"])
def test_who_is_not_signed_in_is_not_signed_in_to_a_planted_session(
    serve: Serve, base_url: str, csrf_cookie: str
) -> None:
    service = serve(public_url=base_url)
    attacker = signed_in(service, base_url=base_url)
    headers = planted(attacker, csrf_cookie=csrf_cookie)
    answer = service.client().post("/api/auth/refresh", headers=headers, base_url=base_url)
    assert code_of(answer) == (403, "csrf_failed")
    assert "Set-Cookie" not in answer.headers
    assert attacker.refresh().get_json()["session"]["generation"] == 1


def test_a_planted_access_cookie_of_another_name_does_not_help(serve: Serve) -> None:
    service = serve(public_url=HTTPS)
    attacker = signed_in(service, base_url=HTTPS)
    for name in ("tally_access", "__Secure-tally_access"):
        headers = planted(attacker)
        headers["Cookie"] += f"; {name}={attacker.access}"
        answer = service.client().post("/api/auth/refresh", headers=headers, base_url=HTTPS)
        assert code_of(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("base_url", [HTTPS, "http://localhost"])
@pytest.mark.parametrize("remember", [True, False])
def test_a_browser_refreshes_long_after_its_access_token_expired(
    serve: Serve, base_url: str, remember: bool
) -> None:
    service = serve(public_url=base_url)
    browser = signed_in(service, base_url=base_url, remember=remember)
    service.clock.move(days=6)
    assert code_of(browser.me()) == (401, "token_expired")
    assert browser.refresh().status_code == 200
    assert browser.me().status_code == 200


@pytest.mark.parametrize("base_url", [HTTPS, "http://localhost"])
def test_a_browser_refreshes_after_the_key_of_its_access_token_was_retired(
    serve: Serve, base_url: str
) -> None:
    service = serve(public_url=base_url)
    browser = signed_in(service, base_url=base_url, remember=True)
    keys = service.composition.keys
    old = next(key for key in keys.list() if key.state == "current")
    keys.rotate()
    keys.retire(old.kid)
    assert code_of(browser.me()) == (401, "token_invalid")
    assert browser.refresh().status_code == 200
    assert browser.me().status_code == 200


def test_a_csrf_cookie_that_no_neighbour_can_plant_is_as_good(serve: Serve) -> None:
    """Some browsers drop single cookies; the CSRF cookie names the session under the master key."""
    service = serve(public_url=HTTPS)
    browser = signed_in(service, base_url=HTTPS)
    headers = planted(browser, csrf_cookie="__Host-tally_csrf")
    answer = service.client().post("/api/auth/refresh", headers=headers, base_url=HTTPS)
    assert answer.status_code == 200


def test_a_planted_cookie_does_not_begin_a_sign_in_on_a_providers_page(serve: Serve) -> None:
    """Else the visitor would go on in the neighbour's account, or link it to their own."""
    cookies = serve(public_url=HTTPS).composition.services.cookies
    assert cookies.https
    with serve(public_url=HTTPS).app.test_request_context(
        "/", headers={"Cookie": "__Secure-tally_login_state=x; tally_login_state=x"}
    ):
        assert cookies.login_state() is None
