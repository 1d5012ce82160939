"""The edge in this process, before an application of a few lines, so that times can be short."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.integration.raw import exchange, parse
from tests.waiting import PATIENCE, wait_until

from tigertally.contract.http import load_contract
from tigertally.server.edge.gateway import Gateway
from tigertally.server.edge.lanes import Lane, Width
from tigertally.server.edge.limits import Limits
from tigertally.server.edge.listening import Listener
from tigertally.server.edge.plans import Plans
from tigertally.server.edge.words import Words

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UPLOAD = (
    b"POST /api/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: 100000\r\n\r\n"
)
GET = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"

LOOP: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]


class App:
    """Answers at once, or when it is let go."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.may_go.set()
        self.began = 0
        self.closed = 0
        self.pieces: Callable[[], Iterable[bytes]] = lambda: [b"done"]
        self.headers: list[tuple[str, str]] = []
        self.seen: dict[str, Any] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        self.began += 1
        self.seen = environ
        assert self.may_go.wait(PATIENCE)
        start_response("200 OK", self.headers)
        return _Body(self, iter(self.pieces()))


@dataclass
class _Body:
    """An iterator that must be closed (PEP 3333)."""

    app: App
    pieces: Iterator[bytes]

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        self.app.closed += 1


@dataclass
class Edge:
    """An edge that listens."""

    port: int
    app: App
    gateway: Gateway
    refused: list[str] = field(default_factory=list)

    def ask(self, data: bytes = GET) -> list[int]:
        """Send something, and return the statuses of what is answered."""
        return [one.status for one in parse(exchange(self.port, data))]


@contextlib.contextmanager
def edge(**limits: Any) -> Iterator[Edge]:
    """Run an edge with these limits in a thread."""
    loop = LOOP[0]()
    refused: list[str] = []
    app = App()
    lanes = {name: Lane(name, Width(2, 2)) for name in ("common", "password", "pictures")}
    wsgi: WSGIApplication = app
    gateway = Gateway(
        app=wsgi,
        loop=loop,
        lanes=lanes,
        plans=Plans(load_contract().operations.values()),
        words=Words(frozenset({"https://shop.example"})),
        limits=Limits(**limits),
        refused=refused.append,
    )
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        listener = Listener(gateway, [listening])

        def check() -> None:
            gateway.check()
            loop.call_later(0.01, check)

        def drop_all() -> None:
            for line in tuple(gateway.lines):
                line.drop()

        loop.call_soon(listener.open)
        loop.call_soon(check)
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield Edge(listening.getsockname()[1], app, gateway, refused)
        finally:
            app.may_go.set()
            loop.call_soon_threadsafe(drop_all)
            wait_until(lambda: not gateway.lines, "the last connection is closed")
            loop.call_soon_threadsafe(listener.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            for lane in lanes.values():
                lane.stop(time.monotonic() + 30)
            loop.close()
