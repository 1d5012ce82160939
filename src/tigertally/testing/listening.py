"""What the servers for tests have in common: they answer in threads, and never keep a test."""

import socketserver
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Server(socketserver.ThreadingMixIn):
    """Never keeps a process from ending."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hang up."""


class HttpServer(Server, ThreadingHTTPServer):
    """The same, for pages."""


class Listening:
    """Servers that answer in threads. Use it as a context manager, or with start and stop."""

    def __init__(self, *servers: socketserver.BaseServer) -> None:
        self._servers = servers

    def start(self) -> Self:
        """Begin to answer."""
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop, and let go of the ports."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def wait(self) -> None:
        """Wait until interrupted."""
        threading.Event().wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
