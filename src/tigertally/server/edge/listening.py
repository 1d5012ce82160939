"""Takes connections from the sockets that all workers share.

One connection at a time, so that an idle worker gets its share. Without a free place it takes no
connection: that one waits in the system's queue, or another worker takes it.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Sequence
from typing import Final

from tigertally.server.edge.connection import Connection
from tigertally.server.edge.gateway import Gateway

logger: logging.Logger = logging.getLogger("tigertally")

PAUSE: Final = 0.5
"""Seconds until a worker without a free place, or a free file, looks again."""

_SCARCE: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Listener:
    """Listens on sockets."""

    def __init__(self, gateway: Gateway, sockets: Sequence[socket.socket]) -> None:
        self._gateway = gateway
        self._sockets = sockets
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._warned_at = -1e9

    def open(self) -> None:
        """Begin."""
        for each in self._sockets:
            each.setblocking(False)  # noqa: FBT003
            self._watch(each)

    def close(self) -> None:
        """Stop accepting connections."""
        self._closed = True
        for each in self._sockets:
            self._gateway.loop.remove_reader(each.fileno())

    def _watch(self, listening: socket.socket) -> None:
        if not self._closed:
            self._gateway.loop.add_reader(listening.fileno(), self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        if not self._gateway.make_place(len(self._tasks)):
            self._rest(listening, "every connection is busy")
            return
        try:
            accepted, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was faster, or the caller is gone
        except OSError as error:
            if error.errno not in _SCARCE:
                raise
            # Without a pause the loop would try again and again, and do nothing else.
            self._rest(listening, f"{error.strerror} (see `ulimit -n`)")
            return
        accepted.setblocking(False)  # noqa: FBT003
        task = self._gateway.loop.create_task(self._begin(accepted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, accepted: socket.socket) -> None:
        try:
            await self._gateway.loop.connect_accepted_socket(
                lambda: Connection(self._gateway), accepted
            )
        except OSError as error:
            accepted.close()
            logger.info("a connection could not be taken: %s", error)

    def _rest(self, listening: socket.socket, why: str) -> None:
        loop = self._gateway.loop
        loop.remove_reader(listening.fileno())
        loop.call_later(PAUSE, self._watch, listening)
        if loop.time() - self._warned_at > 60:
            self._warned_at = loop.time()
            logger.warning("no new connections for a moment: %s", why)
