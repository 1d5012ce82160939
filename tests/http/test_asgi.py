"""What only ASGI has: the server's start and end, callers who leave, paths with their mount."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from tests.conftest import Compose

from tigertally.asgi import AsgiAdapter
from tigertally.contract.http import Lane
from tigertally.server.asgi import make_asgi_app
from tigertally.server.compose import Composition
from tigertally.web.router import Router
from tigertally.web.routes import HANDLERS

Messages = list[Any]


def exchange(app: AsgiAdapter, scope: Mapping[str, Any], received: Iterable[Any]) -> Messages:
    """Return what the application sends for these messages, which are all that come."""
    left, sent = list(received), Messages()

    async def receive() -> Any:
        assert left, "it waits for a message that never comes"
        return left.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(dict(scope), receive, send))
    assert not left, "it did not read what was sent"
    return sent


def request(method: str, path: str, **more: Any) -> dict[str, Any]:
    """Return the scope of a request, as a server writes it."""
    return {"type": "http", "method": method, "path": path, "headers": [], **more}


ONE_EACH: dict[Lane, int] = {"common": 1, "password": 1, "files": 1}
ALL = {"type": "http.request", "body": b"", "more_body": False}


@pytest.fixture
def asgi(composition: Composition) -> AsgiAdapter:
    """The API over ASGI."""
    return make_asgi_app(composition)


@pytest.mark.parametrize(
    ("root", "path"), [("/auth", "/auth/healthz"), ("/auth", "/healthz"), ("", "/healthz")]
)
def test_the_path_may_hold_the_mount_or_not(asgi: AsgiAdapter, root: str, path: str) -> None:
    sent = exchange(asgi, request("GET", path, root_path=root), [ALL])
    assert sent[0]["status"] == 200
    assert sent[1]["body"] == b'{"status":"ok"}\n'


def test_a_head_has_the_length_and_no_body(asgi: AsgiAdapter) -> None:
    start, body = exchange(asgi, request("HEAD", "/healthz"), [ALL])
    assert dict(start["headers"])[b"content-length"] == b"16"
    assert body["body"] == b""


def test_the_names_of_headers_are_in_lower_case(asgi: AsgiAdapter) -> None:
    start, _ = exchange(asgi, request("GET", "/api/me"), [ALL])
    assert start["status"] == 401
    assert all(name == name.lower() for name, _ in start["headers"])
    assert dict(start["headers"])[b"www-authenticate"] == b"Bearer"


def test_a_client_that_leaves_during_its_body_changes_nothing(asgi: AsgiAdapter) -> None:
    half = {"type": "http.request", "body": b'{"username": ', "more_body": True}
    gone = {"type": "http.disconnect"}
    assert exchange(asgi, request("POST", "/api/auth/register"), [half, gone]) == []


def test_a_body_is_read_no_further_than_its_limit(asgi: AsgiAdapter) -> None:
    piece = {"type": "http.request", "body": b"x" * 40_000, "more_body": True}
    start, _ = exchange(asgi, request("POST", "/api/auth/login"), [piece, piece])
    assert start["status"] == 413


@pytest.mark.parametrize("length", ["70000", "9" * 5000])
def test_a_body_that_announces_too_much_is_not_read(asgi: AsgiAdapter, length: str) -> None:
    headers = [(b"content-length", length.encode()), (b"content-type", b"application/json")]
    start, _ = exchange(asgi, request("POST", "/api/auth/login", headers=headers), [])
    assert start["status"] == 413


def test_the_composition_starts_and_ends_with_the_server(
    asgi: AsgiAdapter,
) -> None:
    begun = exchange(
        asgi,
        {"type": "lifespan"},
        [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}],
    )
    assert [message["type"] for message in begun] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_a_failed_start_is_reported_to_the_server(compose_with: Compose) -> None:
    def fail() -> None:
        raise OSError("no room")

    router = Router(compose_with().services, HANDLERS)
    found = AsgiAdapter(router, arrive=lambda _: None, threads=ONE_EACH, start=fail, stop=fail)
    sent = exchange(found, {"type": "lifespan"}, [{"type": "lifespan.startup"}])
    assert sent == [{"type": "lifespan.startup.failed", "message": "no room"}]


def test_without_the_lifespan_protocol_the_first_request_starts_it_once(
    compose_with: Compose,
) -> None:
    composition, started = compose_with(), list[str]()
    found = AsgiAdapter(
        Router(composition.services, HANDLERS),
        arrive=lambda _: None,
        threads=ONE_EACH,
        start=lambda: started.append("yes"),
        stop=composition.close,
    )
    for _ in range(2):
        assert exchange(found, request("GET", "/healthz"), [ALL])[0]["status"] == 200
    assert started == ["yes"]


def test_a_form_is_read_where_one_is_wanted_and_nowhere_else(asgi: AsgiAdapter) -> None:
    headers = [(b"content-type", b"Multipart/Form-Data; boundary=x")]
    piece = {"type": "http.request", "body": b"x" * 60_000, "more_body": True}
    last = piece | {"more_body": False}
    for path, sent, status in (
        ("/api/nowhere", [piece, piece], 404),
        ("/api/files", [piece, last], 401),
    ):
        start, _ = exchange(asgi, request("POST", path, headers=headers), sent)
        assert start["status"] == status


@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [
        ("/healthz", b"", [(b"x-\xff", b"1"), (b"x" * 200, b"1"), (b"accept-language", b"\xff")]),
        ("/\ud800", b"", []),
        ("/api/me", b"x=\xff", []),
        ("/api/auth/sessions", b"limit=\xff", []),
    ],
)
def test_a_malformed_asgi_request_is_answered(
    asgi: AsgiAdapter, path: str, query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    asked = request("GET", path, query_string=query, headers=headers)
    assert exchange(asgi, asked, [ALL])[0]["status"] < 500


def test_a_websocket_is_closed(asgi: AsgiAdapter) -> None:
    sent = exchange(asgi, {"type": "websocket", "path": "/api/me"}, [])
    assert sent == [{"type": "websocket.close", "code": 1000}]
