"""Whose word for the path is believed, and how it is taken off."""

import json

import pytest
from tests.conftest import Compose
from tests.http.below_a_path.asking import OPERATIONS, request_for
from tests.http.below_a_path.mounts import HOST, ROOT
from tests.http.callers import NAME, PASSWORD

from tigertally.contract.http import load_contract
from tigertally.server.app import make_app
from tigertally.server.edge.plans import Plans
from tigertally.server.proxies import put_below


def test_a_proxy_that_is_not_trusted_moves_nothing(compose_with: Compose) -> None:
    client = make_app(compose_with(), webui=None).test_client()
    answer = client.get("/", headers={"X-Forwarded-Prefix": "/evil"})
    assert answer.headers["Location"] == "/api/docs"


@pytest.mark.parametrize(
    "prefix",
    ["shop", "//evil.example", "/a//b", "/..", "/a/../b", "/a/%2e%2e", "/a?b", "/a#b", "/a\\b",
     "/%0d%0a", "/a b", "https://evil.example", "/%2f%2fevil.example", "/a;b"],
)  # fmt: skip
def test_an_invalid_prefix_changes_nothing(compose_with: Compose, prefix: str) -> None:
    client = make_app(compose_with(trusted_proxies="127.0.0.1"), webui=None).test_client()
    answer = client.get("/", headers={"X-Forwarded-Prefix": prefix})
    assert answer.headers["Location"] == "/api/docs"


def test_a_chinese_prefix_is_percent_encoded(compose_with: Compose) -> None:
    client = make_app(compose_with(trusted_proxies="127.0.0.1"), webui=None).test_client()
    path = "/%E5%95%86%E5%BA%97"
    answer = client.get("/", headers={"X-Forwarded-Prefix": path})
    assert answer.headers["Location"] == f"{path}/api/docs"
    login = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    client.post("/api/auth/register", json=login)
    answer = client.post("/api/auth/login", json=login, headers={"X-Forwarded-Prefix": path})
    assert f"Path={path}/api/auth" in "".join(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("script", "path", "after"),
    [
        ("", "/api/me", ("/x", "/api/me")),
        ("", "/x/api/me", ("/x", "/api/me")),
        ("", "/x", ("/x", "")),
        ("", "/xy", ("/x", "/xy")),
        ("/x", "/api/me", ("/x", "/api/me")),
        ("/x/y", "/api/me", ("/x/y", "/api/me")),
        ("/y", "/api/me", ("/x/y", "/api/me")),
    ],
)
def test_a_path_is_taken_off_once(script: str, path: str, after: tuple[str, str]) -> None:
    environ = {"SCRIPT_NAME": script, "PATH_INFO": path}
    put_below(environ, "/x")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == after


def test_health_is_found_with_and_without_the_path(compose_with: Compose) -> None:
    """Probes come past the proxy."""
    client = make_app(compose_with(public_url=HOST + ROOT), webui=None).test_client()
    for path in ("/healthz", f"{ROOT}/healthz", "/readyz", f"{ROOT}/.well-known/jwks.json"):
        assert client.get(path).status_code == 200
    assert json.loads(client.get("/healthz").data) == {"status": "ok"}


def test_the_edge_treats_each_operation_below_the_path_as_at_the_top() -> None:
    """Its lane and how long its body may be: a picture must not be too long for an unknown page."""
    plans = Plans(load_contract().operations.values())
    for operation in OPERATIONS:
        path, _ = request_for(operation)
        if path.startswith("/api/"):
            found = plans.find(operation.method, f"{ROOT}{path}")
            assert found == plans.find(operation.method, path)
            assert found.lane == operation.lane
