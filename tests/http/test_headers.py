"""What goes around the answers: security headers, caches, languages, other origins, proxies."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of
from tests.http.holding import HeldClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tigertally.errors import SetupError
from tigertally.flask import install
from tigertally.flask.headers import secure_answer
from tigertally.flask.problems import answer_fault, answer_http_error
from tigertally.server.webui import webui_blueprint

SHOP = "https://shop.example"
HTTPS = "https://auth.example.com"

PATHS = [
    "/api/me",
    "/api/nowhere",
    "/nowhere",
    "/",
    "/api/docs",
    "/api/docs/static/docs.css",
    "/api/docs/static/nothing",
    "/api/openapi.json",
    "/.well-known/jwks.json",
    "/healthz",
    "/readyz",
    "//api//me",
    "/api/auth/login",
]


# Security


def test_an_answer_of_any_kind_carries_the_security_headers(service: Service) -> None:
    client = service.client()
    for path in PATHS:
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            with client.open(path, method=method) as answer:
                headers = answer.headers
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in headers["Content-Security-Policy"]
                assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
                assert headers["Referrer-Policy"] == "no-referrer"
                assert headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}
                assert "Strict-Transport-Security" not in headers
                assert "X-Powered-By" not in headers


def test_browsers_are_told_to_stay_on_https_only_by_answers_of_a_site_on_https(
    serve: Serve,
) -> None:
    for service, base_url in ((serve(public_url=HTTPS), "http://inside"), (serve(), HTTPS)):
        for path in PATHS:
            with service.client().get(path, base_url=base_url) as answer:
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_operator_says_how_long_and_how_far_browsers_stay_on_https(serve: Serve) -> None:
    for settings, value in (
        ({"hsts_max_age": 600}, "max-age=600"),
        ({"hsts_max_age": 0}, "max-age=0"),
        ({"hsts_subdomains": "on"}, "max-age=31536000; includeSubDomains"),
        (
            {"hsts_subdomains": "on", "hsts_preload": "on"},
            "max-age=31536000; includeSubDomains; preload",
        ),
    ):
        answer = serve(public_url=HTTPS, **settings).client().get("/healthz")
        assert answer.headers["Strict-Transport-Security"] == value


@pytest.mark.parametrize("more", [{}, {"hsts_subdomains": "on", "hsts_max_age": 600}])
def test_a_promise_that_browsers_lists_would_refuse_stops_the_start(
    serve: Serve, more: dict[str, object]
) -> None:
    with pytest.raises(SetupError, match="TALLY_HSTS_PRELOAD needs"):
        serve(hsts_preload="on", **more)


@pytest.mark.parametrize(
    ("setting", "paths"),
    [
        ("docs", ["/api/docs", "/api/openapi.json", "/api/docs/static/docs.css"]),
        ("readiness", ["/readyz"]),
    ],
)
def test_the_operator_says_who_may_read_what_is_for_developers_and_operators(
    serve: Serve, setting: str, paths: list[str]
) -> None:
    for value, here, elsewhere in (("on", 200, 200), ("local", 200, 404), ("off", 404, 404)):
        client = serve(**{setting: value}).client()
        for path in paths:
            for peer, forwarded, status in (
                ("127.0.0.1", {}, here),
                ("203.0.113.9", {}, elsewhere),
                ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, elsewhere),
            ):
                told = {"REMOTE_ADDR": peer}
                with client.get(path, headers=forwarded, environ_overrides=told) as answer:
                    assert answer.status_code == status, (setting, value, path, peer)


def test_only_what_is_the_same_for_everybody_may_be_kept(user: Caller) -> None:
    kept = {
        "/.well-known/jwks.json": "public, max-age=300",
        "/api/docs": "no-cache",
        "/api/openapi.json": "no-cache",
    }
    for path, policy in kept.items():
        assert user.send("GET", path).headers["Cache-Control"] == policy
    for path in ("/api/me", "/api/auth/sessions", "/api/auth/events", "/healthz", "/api/nowhere"):
        assert user.send("GET", path).headers["Cache-Control"] == "no-store"
    assert user.refresh().headers["Cache-Control"] == "no-store"


def test_no_cache_gives_one_language_to_who_asked_for_another(service: Service) -> None:
    for path in ("/api/me", "/api/nowhere", "/nowhere", "/api/docs"):
        for language in ("zh-CN", "en", "zh-CN"):
            answer = service.client().get(path, headers={"Accept-Language": language})
            assert "Accept-Language" in answer.vary


@pytest.mark.parametrize(
    "language", ["", "x" * 10_000, "zh-CN;q=NaN", ",,,;q=,", "en;q=2", "*", "zh\x00", "zh-CN\r\n x"]
)
def test_a_language_that_cannot_be_read_is_english(service: Service, language: str) -> None:
    sent = {"HTTP_ACCEPT_LANGUAGE": language}
    answer = service.client().get("/api/me", environ_overrides=sent)
    assert answer.get_json()["message"] in {"Please sign in first.", "请先登录。"}


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/..", "/\\evil.example", "///evil.example/%2e%2e"]
)
def test_nobody_is_sent_to_another_host(service: Service, path: str) -> None:
    for method in ("GET", "POST"):
        answer = service.client().open(path, method=method, base_url="http://localhost")
        assert answer.headers.get("Location", "http://localhost/").startswith(
            ("http://localhost/", "/api/docs")
        )


def test_the_front_page_leads_to_the_docs(service: Service) -> None:
    answer = service.client().get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs")


@pytest.mark.parametrize(
    "host", ["", "[", "[::1", "a b", "evil.example:x", "\x00", "é", "x" * 9999]
)
def test_a_host_that_is_none_is_survived(service: Service, host: str) -> None:
    service.caller("bearer").register()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    for origin in ("http://localhost", "http://", "", "://", "null", f"http://{host}"):
        answer = service.client().post(
            "/api/auth/login",
            json=body,
            environ_overrides={"HTTP_HOST": host, "HTTP_ORIGIN": origin},
        )
        assert answer.status_code in {200, 400, 403}


def test_the_keys_are_published_for_others_and_the_private_halves_are_not(
    service: Service,
) -> None:
    answer = service.client().get("/.well-known/jwks.json")
    keys = answer.get_json()["keys"]
    assert len(keys) == 2
    assert not [key for key in keys if {"d", "p", "q", "k"} & key.keys()]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_rotated_key_is_published_by_every_process_at_once(serve: Serve) -> None:
    """Services that verify by our keys must know the next one before it signs."""
    here, there = serve(), serve()
    assert len(there.client().get("/.well-known/jwks.json").get_json()["keys"]) == 2
    here.composition.keys.rotate()
    published = there.client().get("/.well-known/jwks.json").get_json()["keys"]
    assert len(published) == 3


def test_no_process_signs_with_a_key_that_was_withdrawn(serve: Serve) -> None:
    here, there = serve(), serve()
    old = next(key for key in here.composition.keys.list() if key.state == "current")
    here.composition.keys.rotate()
    here.composition.keys.retire(old.kid)
    user = there.caller("bearer")
    user.register()
    user.login()
    assert user.me().status_code == 200
    elsewhere = here.caller("bearer")
    elsewhere.access = user.access
    assert elsewhere.me().status_code == 200


# Other origins


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
def test_a_header_that_is_none_stops_the_start(serve: Serve, header: str) -> None:
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


# The web application's files


@pytest.fixture
def site(service: Service, tmp_path: Path) -> FlaskClient:
    """The service with a web application of three files."""
    folder = tmp_path / "webui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "assets" / "app-1a2b.js").write_text("run()")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "outside.txt").write_text("outside")
    app = Flask("site", static_folder=None)
    install(app, service.composition.services)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_fault)
    app.register_blueprint(webui_blueprint(folder))
    app.after_request(secure_answer)
    app.test_client_class = HeldClient
    return app.test_client()


def test_the_page_answers_every_address_of_its_own(site: FlaskClient) -> None:
    for path in ("/", "/login", "/devices/7", "/login?redirect=//evil.example", "/" + "x" * 300):
        with site.get(path) as answer:
            assert answer.status_code == 200
            assert b"<title>page</title>" in answer.data
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "'unsafe" not in answer.headers["Content-Security-Policy"]


def test_files_whose_name_changes_with_their_content_may_be_kept(site: FlaskClient) -> None:
    with site.get("/assets/app-1a2b.js") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with site.get("/favicon.svg") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_no_address_tells_what_lies_outside_of_the_folder(site: FlaskClient) -> None:
    """A file that is there and one that is not must give the same answer."""
    outside = Path(__file__).resolve()
    for template in ("/%2e%2e/{}", "/..%2f{}", "/%2f{}", "/x/..%2f..%2f{}", "/..%5c{}"):
        answers = []
        for name in ("outside.txt", "nothing.txt", str(outside)[1:], "nothing" + str(outside)[1:]):
            with site.get(template.format(name)) as answer:
                answers.append((answer.status_code, answer.data))
        assert len(set(answers)) == 1, template


def test_no_folder_is_listed_and_no_repository_served(site: FlaskClient) -> None:
    for path in ("/assets/", "/assets", "/.git/config", "/assets/.git/config", "/.svn/entries"):
        with site.get(path) as answer:
            assert b"app-1a2b" not in answer.data
            assert b"[core]" not in answer.data
            # What is no file is the page's own to make sense of, or not there.
            assert (b"<title>page</title>" in answer.data) == (answer.status_code == 200)


def test_text_says_its_characters(service: Service, site: FlaskClient) -> None:
    with site.get("/login") as page, service.client().get("/api/docs") as docs:
        for answer in (page, docs):
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    with service.client().get("/api/me") as refused:
        # JSON has one encoding, and no parameter for it (RFC 8259 §11).
        assert refused.headers["Content-Type"] == "application/json"


def test_the_page_does_not_stand_in_for_the_api(site: FlaskClient) -> None:
    for method in ("GET", "POST", "DELETE"):
        for path in ("/api/nowhere", "/.well-known/nothing", "/api/"):
            assert code_of(site.open(path, method=method)) == (404, "not_found")
    answer = site.get("/api/auth/login")
    assert code_of(answer) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert code_of(site.get("/assets/nothing.js")) == (404, "not_found")


@pytest.mark.parametrize("path", ["/%00", "/a%00b", "/assets/%00", "/%ff%fe", "/" + "%2e" * 500])
def test_an_address_that_no_file_can_have_is_survived(site: FlaskClient, path: str) -> None:
    with site.get(path) as answer:
        assert answer.status_code in {200, 404}
