"""nginx, the sidecar beside it, and an application behind both."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.integration.command_line import TALLY
from tests.integration.verifying.processes import Program, running
from tests.servers.nginx import NginxSite
from tests.servers.places import free_port
from tests.waiting import PATIENCE


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: Any


def ask(port: int, path: str = "/", **headers: str) -> Got:
    """Send a request; an underscore in the name of a header is a dash."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        body = answer.read()
        told = {name.title(): value for name, value in answer.getheaders()}
        return Got(answer.status, told, json.loads(body) if body[:1] in {b"{", b"["} else body)
    finally:
        connection.close()


class Echo(BaseHTTPRequestHandler):
    """An application that tells which headers reached it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({name.title(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def application() -> Iterator[int]:
    """Serve the application; yield its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def sidecar(url: str, key: str, folder: Path, *more: str) -> Iterator[Program]:
    """Run `tigertally verify`."""
    port, file = free_port(), folder / "service-key"
    file.write_text(f"{key}\n")
    command = [TALLY, "verify", "--listen", f"127.0.0.1:{port}", "--url", url]
    command += ["--service-key-file", str(file), *more]
    with running(command, port, folder / "sidecar.log", ends={0}) as program:
        yield program


@dataclass(frozen=True, slots=True)
class Site:
    """Where callers ask, and the sidecar."""

    port: int
    sidecar: Program


@contextmanager
def behind_nginx(url: str, key: str, folder: Path, *more: str) -> Iterator[Site]:
    """Run nginx, an application, and the sidecar with further options."""
    with application() as app, sidecar(url, key, folder, *more) as beside:
        nginx = NginxSite(
            "deploy/verify/nginx.conf",
            lambda site: {
                "listen 8080": f"listen 127.0.0.1:{site.port}",
                "127.0.0.1:3000": f"127.0.0.1:{app}",
                "127.0.0.1:8002": f"127.0.0.1:{beside.port}",
            },
        )
        try:
            nginx.start()
            yield Site(nginx.port, beside)
        finally:
            nginx.remove()
