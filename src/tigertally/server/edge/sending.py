"""Sends an answer only as fast as its caller reads it."""

import asyncio
from collections import deque

from tigertally.server.edge.gateway import Gateway, Line
from tigertally.server.edge.limits import PIECE


class Outgoing:
    """The unsent bytes of one connection."""

    def __init__(self, transport: asyncio.Transport, gateway: Gateway, line: Line) -> None:
        transport.set_write_buffer_limits(high=PIECE)
        self._transport = transport
        self._gateway = gateway
        self._line = line
        self._pieces: deque[memoryview] = deque()
        self.stalled_at: float | None = None
        """Since when the caller has not read the answer; ``None`` if it reads."""

    def stall(self) -> None:
        """Wait for the caller to read."""
        self.stalled_at = self._gateway.loop.time()

    def put(self, data: bytes) -> None:
        """Add bytes to send."""
        view = memoryview(data)
        self._pieces.extend(view[at : at + PIECE] for at in range(0, len(view), PIECE))

    def flush(self) -> bool:
        """Send as much as the caller takes. Tell whether everything is sent."""
        while self._pieces and self.stalled_at is None:
            self._transport.write(self._pieces.popleft())
        self._gateway.hold(self._line, sum(map(len, self._pieces)))
        return not self._pieces

    def clear(self) -> None:
        """Drop all bytes: the caller is gone."""
        self._pieces.clear()
