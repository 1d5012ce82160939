"""Callers that do not keep to HTTP: bytes on a socket, and what comes back."""

import contextlib
import http.client
import io
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DEADLINE = 30.0


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer as it stood on the wire."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def body(self) -> Any:
        """The answer's JSON."""
        return json.loads(self.content)


class _Wire(io.BytesIO):
    """What `http.client` reads from in place of a socket."""

    def makefile(self, *_: object, **__: object) -> "_Wire":
        return self

    def close(self) -> None:
        pass


def parse(data: bytes, *, method: str = "GET") -> list[Raw]:
    """Return the answers that stand in `data`, one after the other."""
    wire, found = _Wire(data), []
    while wire.tell() < len(data):
        response = http.client.HTTPResponse(wire, method=method)  # type: ignore[arg-type]
        response.begin()
        found.append(Raw(response.status, response.headers, response.read()))
    return found


def connect(port: int) -> socket.socket:
    """Open a connection."""
    found = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def exchange(port: int, data: bytes, *, ends: bool = True) -> bytes:
    """Send bytes, say that there are no more where `ends`, and return all that is answered."""
    with connect(port) as line:
        # A server that refuses may stop reading before everything is sent.
        with contextlib.suppress(OSError):
            line.sendall(data)
            if ends:
                line.shutdown(socket.SHUT_WR)
        return read_all(line)


def read_all(line: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    found = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := line.recv(65_536):
            found += data
    return bytes(found)


@contextlib.contextmanager
def held(port: int, count: int, data: bytes) -> Iterator[list[socket.socket]]:
    """Keep so many connections open on which this was sent, and nothing more."""
    lines = []
    try:
        for _ in range(count):
            line = connect(port)
            lines.append(line)
            line.sendall(data)
        yield lines
    finally:
        for line in lines:
            line.close()


def timed(act: Any) -> float:
    """Return how long something took, in seconds."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
