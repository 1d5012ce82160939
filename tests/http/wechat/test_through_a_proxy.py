"""Asking WeChat where the only way out is a proxy: a real one, which takes CONNECT."""

import base64
import json
import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.conftest import Compose
from tests.http.wechat.conftest import EveryLine
from tests.servers.certificates import make_certificate

from tigertally.errors import ProviderUnavailable, SetupError
from tigertally.providers import upstream
from tigertally.providers.upstream import Upstream
from tigertally.secret import Secret
from tigertally.server.providers import proxy_towards

HOST = "wechat.test"
USER, PASSWORD = "tally", "p@ss:word/%"
WORDS = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Target(BaseHTTPRequestHandler):
    """A service on https that answers what it was asked."""

    def do_GET(self) -> None:
        """Answer as WeChat does."""
        text = json.dumps({"openid": "o-1", "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class Proxy(socketserver.ThreadingTCPServer):
    """Takes CONNECT from those who know the password, and leads every name to the target."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Connect)
        self.target = target
        self.asked: list[str] = []


class Connect(socketserver.StreamRequestHandler):
    """One connection through the proxy."""

    server: Proxy

    def handle(self) -> None:
        """Read the head, and carry the rest."""
        first = self.rfile.readline().decode()
        headers = {}
        while (line := self.rfile.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self.server.asked.append(first.strip())
        if headers.get("proxy-authorization") != WORDS:
            self.wfile.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.target)) as far:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=carry, args=(far, self.connection))
            back.start()
            carry(self.connection, far)
            back.join()


def carry(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes until one side is done."""
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a service on https whose certificate is trusted here."""
    certificate = make_certificate(tmp_path, HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    upstream._tls.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "privkey.pem")
    server = HTTPServer(("127.0.0.1", 0), Target)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()
    upstream._tls.cache_clear()


@pytest.fixture
def proxy(target: int) -> Iterator[Proxy]:
    """The proxy in front of it."""
    server = Proxy(target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(proxy: Proxy, password: str = "p%40ss%3Aword%2F%25") -> str:
    return f"http://{USER}:{password}@127.0.0.1:{proxy.server_address[1]}"


def ask(base_url: str) -> object:
    """Ask as a provider does, by the way that the environment names."""
    service = Upstream(base_url, proxy=proxy_towards(base_url))
    query = {"secret": Secret("an-app-secret")}
    return service.ask("GET", "/sns", query=query, until=service.deadline()).get("openid")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_provider_is_asked_through_the_proxy_of_the_environment(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, log: EveryLine, name: str
) -> None:
    """The proxy learns the host, and nothing of what is asked; no log learns its password."""
    logging.getLogger("httpcore2.proxy").setLevel(logging.DEBUG)
    monkeypatch.setenv(name, address(proxy))
    assert ask(f"https://{HOST}:8443") == "o-1"
    assert proxy.asked == [f"CONNECT {HOST}:8443 HTTP/1.1"]
    for secret in (PASSWORD, "p%40ss", WORDS, "an-app-secret"):
        assert secret not in log.text


def test_a_proxy_that_refuses_is_an_outage_and_shows_no_password(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, log: EveryLine
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address(proxy, "wrong-password"))
    with pytest.raises(ProviderUnavailable) as raised:
        ask(f"https://{HOST}")
    assert "through the proxy" in str(raised.value)
    for frame in str(raised.value), repr(raised.value), log.text:
        assert "wrong-password" not in frame
    assert "wrong-password" not in repr(
        Upstream("https://x", proxy=Secret(address(proxy, "wrong-password")))
    )


@pytest.mark.parametrize(
    ("base_url", "without", "goes_through"),
    [
        ("https://api.weixin.qq.com", "", True),
        ("https://api.weixin.qq.com", "localhost,.example.com", True),
        ("https://api.weixin.qq.com", "weixin.qq.com", False),
        ("https://api.weixin.qq.com", ".qq.com", False),
        ("https://api.weixin.qq.com", "*", False),
        # What lies on this machine is never asked through somebody else.
        ("http://127.0.0.1:9000", "", False),
        ("http://localhost:9000", "", False),
    ],
)
def test_no_proxy_names_hosts_that_are_asked_directly(
    monkeypatch: pytest.MonkeyPatch, base_url: str, without: str, goes_through: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", without)
    found = proxy_towards(base_url)
    assert (found is not None) is goes_through
    assert found is None or found.reveal() == "http://proxy.example:3128"


@pytest.mark.parametrize(
    "text", ["socks5://proxy:1080", "ftp://proxy", "http://", "http://[::1", "//"]
)
def test_a_proxy_that_cannot_be_used_stops_the_start_and_is_not_repeated(
    compose_with: Compose, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", text)
    with pytest.raises(SetupError, match="HTTPS_PROXY") as raised:
        compose_with()
    assert "NO_PROXY" in raised.value.remedy


def test_a_proxy_without_a_scheme_is_taken_as_other_programs_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    found = proxy_towards("https://api.weixin.qq.com")
    assert found is not None
    assert found.reveal() == "http://proxy.example:3128"
