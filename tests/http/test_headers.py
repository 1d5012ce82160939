"""Headers that protect whoever reads an answer, and the keys that are published."""

import pytest
from tests.http.callers import HTTPS, NAME, PASSWORD, Caller, Serve, Service

from tigertally.errors import SetupError

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


def test_only_sites_on_https_send_hsts(
    serve: Serve,
) -> None:
    for service, base_url in ((serve(public_url=HTTPS), "http://inside"), (serve(), HTTPS)):
        for path in PATHS:
            with service.client().get(path, base_url=base_url) as answer:
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_operator_sets_the_hsts_header(serve: Serve) -> None:
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
def test_an_invalid_hsts_preload_setting_stops_the_start(
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
def test_the_operator_decides_who_may_read_docs_and_readiness(
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


def test_only_answers_equal_for_everybody_are_cacheable(user: Caller) -> None:
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


def test_no_cache_mixes_languages(service: Service) -> None:
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
def test_an_invalid_host_is_survived(service: Service, host: str) -> None:
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
