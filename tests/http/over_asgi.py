"""Calls an ASGI application from a WSGI client: the tests' client sends to either adapter."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wsgi import get_input_stream

from tigertally.asgi import AsgiAdapter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PIECE = 16 * 1024
"""Bytes of a body in one message: servers send a long one in several."""


class OverAsgi:
    """A WSGI application that hands each request on as ASGI's messages."""

    def __init__(self, app: AsgiAdapter) -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        sent = asyncio.run(self._serve(environ))
        start = sent[0]
        headers = [
            (name.decode("latin-1").title(), value.decode("latin-1"))
            for name, value in start["headers"]
        ]
        start_response(f"{start['status']} -", headers)
        return [message["body"] for message in sent[1:]]

    async def _serve(self, environ: "WSGIEnvironment") -> list[dict[str, Any]]:
        stream, sent = get_input_stream(environ), list[dict[str, Any]]()

        async def receive() -> dict[str, Any]:
            piece = stream.read(PIECE)
            return {"type": "http.request", "body": piece, "more_body": piece != b""}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(_scope(environ), receive, send)
        return sent


def _scope(environ: "WSGIEnvironment") -> dict[str, Any]:
    root, path = (
        environ[name].encode("latin-1").decode("utf-8", "surrogateescape")
        for name in ("SCRIPT_NAME", "PATH_INFO")
    )
    own = {
        key.removeprefix("HTTP_"): value
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
    }
    port = environ.get("SERVER_PORT")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "root_path": root,
        "path": root + path,
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": [
            (name.lower().replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in own.items()
        ],
        "client": (environ["REMOTE_ADDR"], 1) if environ.get("REMOTE_ADDR") else None,
        "server": (environ["SERVER_NAME"], int(port) if port else None),
    }
