"""Other origins: which pages may read answers, and what a preflight allows."""

import pytest
from flask.testing import FlaskClient
from tests.http.callers import HTTPS, NAME, PASSWORD, Caller, Serve, code_of
from werkzeug.test import TestResponse

from tigertally.errors import SetupError

SHOP = "https://shop.example"


def test_no_other_origin_may_read_anything_by_default(user: Caller) -> None:
    for origin in (SHOP, "null", "http://localhost", "https://localhost"):
        for path in ("/api/me", "/api/nowhere", "/.well-known/jwks.json", "/healthz"):
            answer = user.send("GET", path, headers={"Origin": origin})
            assert not _cors(answer)
        answer = _preflight(user.client, origin)
        assert not _cors(answer)


@pytest.mark.parametrize(
    "listed",
    [
        SHOP,
        "http://localhost:5173",
        "http://192.168.1.20:8080",
        "http://[::1]:3000",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "app://localhost",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://5b6ee1a2-53a5-4a2c-8f0c-1c6a3a7e1a11",
    ],
)
def test_a_listed_origin_may_read_and_is_named(serve: Serve, listed: str) -> None:
    service = serve(cors_origins=(listed,))
    client = service.client()
    for answer in (
        client.get("/api/me", headers={"Origin": listed}),
        client.post("/api/auth/login", json={}, headers={"Origin": listed}),
        _preflight(client, listed),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == listed
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in answer.vary


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "*",
        "http://shop.example",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://shop.example:444",
        "https://shopxexample",
        "https://shop.example/",
        "https://shop.example@evil.example",
        "https://shop.example,https://evil.example",
        "http://1:3000",
        "http://1:3000.evil.example",
        "http://::3000",
    ],
)
def test_an_origin_that_only_looks_like_a_listed_one_may_not(serve: Serve, origin: str) -> None:
    client = serve(cors_origins=(SHOP, "http://[::1]:3000")).client()
    for answer in (
        client.get("/api/me", headers={"Origin": origin}),
        client.post("/api/auth/login", json={}, headers={"Origin": origin}),
        _preflight(client, origin),
    ):
        assert not _cors(answer)


def test_a_preflight_allows_what_our_clients_send_and_no_more(serve: Serve) -> None:
    client = serve(cors_origins=(SHOP,)).client()
    asked = "authorization, content-type, tally-nonce, x-csrf-token, x-evil"
    answer = _preflight(client, SHOP, headers=asked)
    assert answer.status_code == 200
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(allowed) == OURS
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert "*" not in str(answer.headers)


OURS = {"authorization", "content-type", "tally-nonce", "x-csrf-token"}


@pytest.mark.parametrize(
    "asked", ["sentry-trace, baggage", "traceparent, tracestate", "x-request-id, content-type"]
)
def test_a_preflight_allows_what_tracing_tools_add(serve: Serve, asked: str) -> None:
    answer = _preflight(serve(cors_origins=(SHOP,)).client(), SHOP, headers=asked)
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(allowed) == set(asked.split(", "))


def test_the_operator_says_which_headers_pages_may_send_besides_ours(serve: Serve) -> None:
    service = serve(cors_origins=(SHOP,), cors_headers=" X-Tenant , B3 ,")
    asked = "content-type, x-tenant, b3, traceparent"
    answer = _preflight(service.client(), SHOP, headers=asked)
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(allowed) == {"content-type", "x-tenant", "b3"}


@pytest.mark.parametrize("header", ["*", "x tenant", "x:y", "é", "x" * 65])
def test_an_invalid_cors_header_stops_the_start(serve: Serve, header: str) -> None:
    with pytest.raises(SetupError, match="TALLY_CORS_HEADERS"):
        serve(cors_headers=header)


def test_an_app_with_a_scheme_of_its_own_signs_in_with_cookies(serve: Serve) -> None:
    service = serve(cors_origins=("capacitor://localhost",), public_url=HTTPS)
    service.caller("bearer").register()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    for origin, status in (("capacitor://localhost", 200), ("capacitor://evil", 403)):
        answer = service.client().post(
            "/api/auth/login", json=body, headers={"Origin": origin}, base_url=HTTPS
        )
        assert answer.status_code == status


def test_a_listed_origin_reads_errors_as_well(serve: Serve) -> None:
    client = serve(cors_origins=(SHOP,)).client()
    for path in ("/api/me", "/api/auth/login", "/api/nowhere"):
        answer = client.get(path, headers={"Origin": SHOP})
        if path != "/api/nowhere":
            assert code_of(answer)[0] in {401, 405}
        assert "*" not in answer.headers.get("Access-Control-Allow-Origin", "")


def _cors(answer: TestResponse) -> list[str]:
    return [name for name, _ in answer.headers if name.startswith("Access-Control")]


def _preflight(client: FlaskClient, origin: str, headers: str = "content-type") -> TestResponse:
    return client.options(
        "/api/auth/login",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": headers,
        },
    )
