"""What both have in common: a server in a thread, and a page that lists what arrived."""

import html
import socketserver
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>{title}</title><style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td {{ border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .5rem; }}
</style></head><body><h1>{title}</h1>{content}</body></html>
"""
_SAFE: Final = "default-src 'none'; style-src 'unsafe-inline'"


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


class Pages(BaseHTTPRequestHandler):
    """Answers with pages that load nothing."""

    def send_page(self, status: int, page: str, *, further: str = "") -> None:
        """Send a page. ``further`` is added to what it may do."""
        encoded = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", f"{_SAFE}{further}")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name upstream
        """Say nothing: messages carry codes."""


def listing(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a page with a table of cells in HTML, the newest row first."""
    lines = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in reversed(rows)
    )
    content = f"<table>{lines}</table>" if lines else "<p>Nothing has arrived yet.</p>"
    return _PAGE.format(title=html.escape(title), content=content)
