"""ASGI's messages as the plain values of :mod:`tigertally.web`, and back (ASGI 3.0, HTTP)."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Executor, ThreadPoolExecutor
from io import BytesIO
from threading import Lock
from typing import IO, Any, Final, TypeVar, TypeVarTuple, Unpack

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request as WerkzeugRequest

from tigertally.contract.http import Lane
from tigertally.web.environ import put_headers, value_of
from tigertally.web.router import Router
from tigertally.web.values import Answer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]

T = TypeVar("T")
Given = TypeVarTuple("Given")

_END: Final = object()


class AsgiAdapter:
    """An ASGI application. A body is read whole, and bounded, before a thread is used.

    ``arrive`` may change the head of a request, in WSGI's form, before anything reads it: the
    place for trusted proxies. ``threads`` says how many work in each lane; the lane `loop` needs
    none. ``start`` and ``stop`` are called at the server's start and end. A server without the
    lifespan protocol calls neither, so the first request does the former.
    """

    def __init__(
        self,
        router: Router,
        *,
        arrive: Callable[[Environ], None],
        threads: Mapping[Lane, int],
        start: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._router = router
        self._arrive = arrive
        self._start = _Once(start)
        self._stop = stop
        self._lanes = {
            lane: ThreadPoolExecutor(number, f"tally-{lane}") for lane, number in threads.items()
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection: a request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"no connection of HTTP: {scope['type']}")

    async def _live(self, receive: Receive, send: Send) -> None:
        for act, name in ((self._start, "startup"), (self._stop, "shutdown")):
            await receive()
            try:
                await self._work("common", act)
            except Exception as error:  # noqa: BLE001 - the server says it, and ends
                await send({"type": f"lifespan.{name}.failed", "message": str(error)})
                return
            await send({"type": f"lifespan.{name}.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        if not self._start.done:
            await self._work("common", self._start)
        body = _Whole()
        environ = _environ_of(scope)
        self._arrive(environ)
        # Not in the environment: a request that holds itself lives until the collector runs.
        request = value_of(WerkzeugRequest(environ, populate_request=False), body)
        route = self._router.route(request)
        body.too_long = _announced(scope) > route.body_max
        if not body.too_long and not await _read(receive, route.body_max, body):
            return
        answer = await self._work(route.lane, self._router.answer, request, route)
        await _send(send, answer, self._lanes["files"], head_only=request.method == "HEAD")

    async def _work(self, lane: Lane, act: Callable[[Unpack[Given]], T], *given: *Given) -> T:
        """Do something in a thread of a lane, or here."""
        if lane == "loop":
            return act(*given)
        return await asyncio.get_running_loop().run_in_executor(self._lanes[lane], act, *given)


class _Once:
    """Does something once. Other callers wait. After a failure, the next one tries again."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._lock = Lock()
        self.done = False

    def __call__(self) -> None:
        with self._lock:
            if not self.done:
                self._act()
                self.done = True


class _Whole:
    """A body that is read before anybody asks for it."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.too_long = False
        """Whether it was not read to its end, since it is longer than it may be."""

    def read(self, limit: int) -> bytes:
        return self.open(limit).read()

    def open(self, limit: int | None) -> IO[bytes]:
        if self.too_long or (limit is not None and len(self.content) > limit):
            raise RequestEntityTooLarge
        return BytesIO(self.content)


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
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _announced(scope: Message) -> int:
    """Return the length that the request announces, 0 where it announces none."""
    sent = dict(scope["headers"]).get(b"content-length", b"0")
    # Twenty digits are more than any limit, and Python refuses to read thousands of them.
    return int(sent[:20]) if sent.isdigit() else 0


async def _read(receive: Receive, limit: int, body: _Whole) -> bool:
    """Read a body, and no further than its limit. Return whether the caller is still there."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        body.content += message.get("body", b"")
        body.too_long = len(body.content) > limit
        if body.too_long or not message.get("more_body", False):
            return True


async def _send(send: Send, answer: Answer, threads: Executor, *, head_only: bool) -> None:
    body = answer.body
    if isinstance(body, bytes) and answer.status_code not in {204, 304}:
        answer.headers["Content-Length"] = str(len(body))
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers.to_wsgi_list()
    ]
    start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
    if isinstance(body, bytes):
        await send(start)
        await send({"type": "http.response.body", "body": b"" if head_only else body})
        return
    loop, pieces = asyncio.get_running_loop(), iter(body)
    try:
        await send(start)
        while not head_only:
            piece = await loop.run_in_executor(threads, next, pieces, _END)
            if piece is _END:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if (close := getattr(pieces, "close", None)) is not None:
            # In a thread, since it may touch a file.
            threads.submit(close)
