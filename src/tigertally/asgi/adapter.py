"""ASGI's messages as the plain values of :mod:`tigertally.web`, and back (ASGI 3.0, HTTP)."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from io import BytesIO
from typing import IO, Any, Final

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request as WerkzeugRequest

from tigertally.contract.http import FORM
from tigertally.web.call import BODY_MAX, FORM_MAX
from tigertally.web.environ import put_headers, value_of
from tigertally.web.router import Router
from tigertally.web.values import Answer, Request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]

_END: Final = object()


class AsgiAdapter:
    """An ASGI application. A body is read whole, and bounded, before a thread is used.

    ``arrive`` may change the head of a request, in WSGI's form, before anything reads it: the
    place for trusted proxies. ``start`` and ``stop`` are called at the server's start and end.
    """

    def __init__(
        self,
        router: Router,
        *,
        arrive: Callable[[Environ], None],
        start: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._router = router
        self._arrive = arrive
        self._start = start
        self._stop = stop

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection: a request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.to_thread(self._start)
        except Exception as error:  # noqa: BLE001 - the server says it, and ends
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        environ = _environ_of(scope)
        limit = FORM_MAX if environ.get("CONTENT_TYPE", "").startswith(FORM) else BODY_MAX
        too_long = _announced(scope) > limit
        body = b"" if too_long else await _read(receive, limit)
        if body is None:
            return
        environ["CONTENT_LENGTH"] = str(len(body))
        request, answer = await asyncio.to_thread(
            self._answer, environ, _Whole(body, too_long=too_long)
        )
        await _send(send, answer, head_only=request.method == "HEAD")

    def _answer(self, environ: Environ, body: "_Whole") -> tuple[Request, Answer]:
        self._arrive(environ)
        request = value_of(WerkzeugRequest(environ), body)
        return request, self._router.answer(request)


class _Whole:
    """A body that was read; one byte over a limit is enough to see that it is too long.

    ``too_long``: it announced more than any limit, and was not read.
    """

    def __init__(self, content: bytes, *, too_long: bool) -> None:
        self._content = content
        self._too_long = too_long

    def read(self, limit: int) -> bytes:
        return self.open(limit).read()

    def open(self, limit: int | None) -> IO[bytes]:
        if self._too_long or (limit is not None and len(self._content) > limit):
            raise RequestEntityTooLarge
        return BytesIO(self._content)


def _environ_of(scope: Message) -> Environ:
    """Return the head of a request as a WSGI environment (PEP 3333)."""
    root, path = scope.get("root_path", "").rstrip("/"), scope["path"]
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    server = scope.get("server") or ("localhost", None)
    client = scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _as_wsgi(root),
        "PATH_INFO": _as_wsgi(path),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or ""),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    put_headers(environ, scope["headers"])
    return environ


def _as_wsgi(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _announced(scope: Message) -> int:
    """Return the length that the request announces, 0 where it announces none."""
    sent = dict(scope["headers"]).get(b"content-length", b"0")
    # Twenty digits are more than any limit, and Python refuses to read thousands of them.
    return int(sent[:20]) if sent.isdigit() else 0


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return the body, or one byte more than the limit; ``None`` if the caller is gone."""
    pieces, size = [], 0
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        pieces.append(piece)
        size += len(piece)
        if not message.get("more_body", False):
            break
    return b"".join(pieces)[: limit + 1]


async def _send(send: Send, answer: Answer, *, head_only: bool) -> None:
    body = answer.body
    if isinstance(body, bytes) and answer.status_code not in {204, 304}:
        answer.headers["Content-Length"] = str(len(body))
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers.to_wsgi_list()
    ]
    start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
    await send(start)
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": b"" if head_only else body})
        return
    pieces = iter(body)
    try:
        while not head_only:
            piece = await asyncio.to_thread(_next, pieces)
            if piece is _END:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            await asyncio.to_thread(close)


def _next(pieces: Iterator[bytes]) -> object:
    return next(pieces, _END)
