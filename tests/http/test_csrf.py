"""What proves that a browser meant a change: the CSRF token, and where the page is from."""

import pytest
from tests.http.browsing import signed_in
from tests.http.callers import (
    HTTPS,
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
def test_no_change_is_made_with_another_sessions_csrf_token(
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
def test_without_an_origin_sec_fetch_site_decides(browser: Caller, site: str) -> None:
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
def test_an_invalid_host_from_another_server_is_not_an_origin(serve: Serve, host: str) -> None:
    app = serve(cors_origins=("https://shop.example",)).app
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    assert answered_to_host(app, host, "POST", "/api/auth/login", body) == 403
    assert answered_to_host(app, host, "OPTIONS", "/api/me") == 200


@pytest.mark.parametrize("generation", ["0", "7", "", "x"])
def test_a_csrf_token_of_an_older_generation_is_accepted(browser: Caller, generation: str) -> None:
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
