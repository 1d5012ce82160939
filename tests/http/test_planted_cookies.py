"""Planted cookies: another host of the same site may set cookies with a Domain attribute."""

import pytest
from tests.http.browsing import signed_in
from tests.http.callers import HTTPS, NAME, Caller, Serve, Service, code_of, ended_of

from tigertally.errors import SetupError
from tigertally.flask.adapter import present_request


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
def test_an_empty_cookie_counts_as_missing(service: Service, cookie: str) -> None:
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
def test_a_planted_session_signs_no_visitor_in(
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


def test_a_prefixed_csrf_cookie_proves_the_browser_too(serve: Serve) -> None:
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
        assert cookies.of(present_request()).login_state() is None
