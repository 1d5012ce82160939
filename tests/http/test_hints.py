"""What refusals tell the developer and the operator, and never the person."""

import json
import logging
import re
from typing import Any

import pytest
from tests.http.callers import NAME, PASSWORD, Serve, Service, code_of
from tests.http.holding import CHINESE
from werkzeug.test import TestResponse

LOGIN = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
HTTPS = "https://auth.example.com"


def hint_of(answer: TestResponse) -> str:
    """Return the hint of an error: one English sentence."""
    assert answer.status_code >= 400, answer.text
    hint = answer.get_json()["hint"]
    assert isinstance(hint, str)
    assert hint.endswith(".")
    assert not CHINESE.search(hint)
    assert hint != answer.get_json()["message"]
    return hint


def post(service: Service, data: bytes, **more: Any) -> TestResponse:
    return service.client().post(
        "/api/auth/login",
        data=data,
        content_type=more.pop("content_type", "application/json"),
        **more,
    )


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"username": "hunter2",}', "byte 23 of 24 (line 1, column 24)"),
        (b'{"username": hunter2}', "byte 13 of 21 (line 1, column 14): Expecting value"),
        (b"{'username': 'hunter2'}", "byte 1 of"),
        (b'{"a": 1}\n{"hunter2": 2}', "byte 9 of 23 (line 2, column 1): Extra data"),
        ('{"虎符": hunter2}'.encode(), "byte 11 of"),
        (b'{"a": "hunter2', "Unterminated string"),
        (b'{"a": "hunter2\\q"}', "Invalid \\escape"),
        (b'{"a": "hunter2\n"}', "Invalid control character"),
        (b'{"a": "\xff hunter2"}', "byte 7 begins no letter"),
        (b'{"a": NaN}', "`NaN` and `Infinity`"),
        (b"[" * 50_000, "nested too deeply"),
        (b"username=hunter2", "byte 0 of"),
    ],
)
def test_the_hint_for_invalid_json_names_the_place_and_no_content(
    service: Service, body: bytes, where: str
) -> None:
    answer = post(service, body)
    assert code_of(answer) == (400, "malformed_json")
    assert where in hint_of(answer)
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "<b>"])
def test_the_hint_for_another_media_type_names_the_accepted_one(
    service: Service, kind: str
) -> None:
    answer = post(service, b'{"username": "x"}', content_type=kind)
    assert code_of(answer) == (415, "unsupported_media_type")
    assert "Content-Type: application/json" in hint_of(answer)
    assert "<b>" not in answer.text


def test_the_hint_for_a_wrong_upload_says_how_to_send_pictures(service: Service) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    answer = user.send("POST", "/api/files", {"file": "x"})
    assert "multipart/form-data" in hint_of(answer)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "Authorization: Bearer"),
        ({"Authorization": "Basic aHVmdTp4"}, "must be `Bearer`"),
        ({"Authorization": "hunter2"}, "must be `Bearer`"),
        ({"Cookie": "__Host-tally_access=x"}, "X-Forwarded-Proto"),
        ({"Cookie": "__Secure-tally_refresh=x"}, "on plain http"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/me"), ("POST", "/api/auth/refresh")])
def test_a_missing_token_gets_a_hint_at_the_usual_reason(
    service: Service, headers: dict[str, str], said: str, method: str, path: str
) -> None:
    answer = service.client().open(path, method=method, headers=headers)
    assert code_of(answer) == (401, "token_missing")
    assert said in hint_of(answer)
    assert "hunter2" not in answer.text


def test_the_hint_tells_cookies_of_plain_http_apart(serve: Serve) -> None:
    client = serve(public_url=HTTPS).client()
    answer = client.get("/api/me", headers={"Cookie": "tally_access=x"}, base_url=HTTPS)
    assert "the site is on https" in hint_of(answer)


def test_the_hint_names_an_access_token_in_place_of_a_refresh_token(service: Service) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    answer = user.send("POST", "/api/auth/refresh", token=user.access)
    assert "an access token renews nothing" in hint_of(answer)


def test_the_hint_tells_headers_and_parameters_from_the_body(
    service: Service,
) -> None:
    client = service.client()
    answer = client.post("/api/auth/login", json=LOGIN, headers={"Tally-Nonce": "hunter2"})
    assert "in the headers" in hint_of(answer)
    answer = client.post("/api/auth/login", json={}, headers={"Tally-Nonce": "hunter2"})
    assert "in the body and in the headers" in hint_of(answer)
    user = service.caller("bearer")
    user.register()
    user.login()
    answer = user.send("GET", "/api/auth/events?limit=hunter2")
    assert "in the query string" in hint_of(answer)
    assert "hunter2" not in answer.text


def test_the_hint_for_step_up_names_the_operation(service: Service) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    service.clock.move(seconds=301)
    body = {"current_password": PASSWORD, "new_password": "another two halves"}
    assert "/api/auth/reauthenticate" in hint_of(user.send("PUT", "/api/auth/password", body))


# Cross-site requests


def test_the_hint_for_a_missing_csrf_token_names_its_header(service: Service) -> None:
    browser = service.caller("cookie")
    browser.register()
    browser.login()
    browser.csrf = ""
    for method, path in (("POST", "/api/auth/refresh"), ("POST", "/api/auth/logout_all")):
        assert "X-CSRF-Token" in hint_of(browser.send(method, path))


def test_a_refused_origin_is_hinted_and_logged_once(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """As behind `changeOrigin: true`: the page has one address, the call goes to another."""
    service = serve()
    service.caller("bearer").register()
    caplog.set_level(logging.WARNING, "tigertally")
    for origin in ("http://localhost:5173", "http://localhost:5173", "null"):
        answer = service.client().post(
            "/api/auth/login",
            json=LOGIN,
            headers={"Origin": origin},
            base_url="http://127.0.0.1:5000",
        )
        assert code_of(answer) == (403, "csrf_failed")
        for setting in ("TALLY_PUBLIC_URL", "TALLY_CORS_ORIGINS", "TALLY_TRUSTED_PROXIES"):
            assert setting in hint_of(answer)
        assert "5173" not in answer.text
    told = [one.getMessage() for one in caplog.records if "csrf_failed" in one.getMessage()]
    assert len(told) == 2
    assert "http://localhost:5173" in told[0]
    assert "http://127.0.0.1:5000 was expected" in told[0]
    for word in ("TALLY_PUBLIC_URL", "TALLY_TRUSTED_PROXIES", "changeOrigin: false", "-Port"):
        assert word in told[0]


def test_many_refused_origins_do_not_fill_the_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "tigertally")
    for number in range(100):
        headers = {"Origin": f"https://{number}.evil.example"}
        service.client().post("/api/auth/login", json=LOGIN, headers=headers)
    service.client().post("/api/auth/login", json=LOGIN, headers={"Origin": "x" * 9999 + "\x1b[2J"})
    told = [one.getMessage() for one in caplog.records if "csrf_failed" in one.getMessage()]
    assert 1 <= len(told) <= 16
    assert max(map(len, told)) < 1000


def test_a_page_of_another_origin_that_may_not_call_is_named_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """A browser tells its page nothing of why."""
    client = serve(cors_origins="https://shop.example").client()
    caplog.set_level(logging.WARNING, "tigertally")
    for origin, headers in (
        ("https://other.example", "content-type"),
        ("https://shop.example", "content-type, x-tenant, X-Tenant, <b>"),
        ("https://shop.example", "traceparent"),
        ("https://shop.example", "content-type, x-tenant"),
    ):
        client.options(
            "/api/auth/login",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": headers,
            },
        )
    told = [one.getMessage() for one in caplog.records if "a page of" in one.getMessage()]
    assert len(told) == 2
    assert "https://other.example" in told[0]
    assert "TALLY_CORS_ORIGINS" in told[0]
    assert "may not send x-tenant: list them in TALLY_CORS_HEADERS" in told[1]


# All of them


def test_no_hint_is_in_the_message_for_the_person(service: Service) -> None:
    for language in ("en", "zh-CN"):
        answer = post(service, b"{", headers={"Accept-Language": language})
        body = json.loads(answer.data)
        assert body["hint"] not in body["message"]
        assert re.search(r"TALLY_|byte|JSON", body["message"]) is None
