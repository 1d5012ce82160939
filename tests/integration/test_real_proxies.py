"""Real nginx before real servers: what arrives of a caller's address, by TCP and a Unix socket."""

import http.client
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.servers.programs import program
from tests.servers.server import Server
from tests.waiting import PATIENCE

WHO = {"username": "hufu", "password": "two halves make one"}

HOST = """
from flask import Flask
from tigertally import TigerTally

app = Flask(__name__)
TigerTally(app)
"""


class Proxy(Server):
    """nginx that writes the header as it is told: Azure and IIS add the port."""

    def __init__(self, target: str, written: str) -> None:
        super().__init__("nginx")
        temporary = " ".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"{user} daemon off; pid {self.folder}/pid; error_log stderr warn;"
            "events { worker_connections 64; }"
            f"http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{self.port};"
            f"location / {{ proxy_pass {target}; proxy_set_header Host $http_host;"
            f'proxy_set_header X-Forwarded-For "{written}"; }} }} }}'
        )

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("nginx"), "-p", str(self.folder), "-e", "stderr",
                "-c", str(self.folder / "nginx.conf")]  # fmt: skip

    def check(self) -> None:
        """Raise while what is behind it does not answer."""
        assert self.ask("GET", "/healthz")[0] == 200

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Send one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        data = None if body is None else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, data, {"Content-Type": "application/json", **sent})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        is_json = answer.headers.get_content_type() == "application/json"
        return answer.status, json.loads(text) if is_json else {}


@pytest.fixture
def proxies() -> Iterator[list[Proxy]]:
    """The proxies of a test, removed afterwards."""
    started: list[Proxy] = []
    yield started
    for one in started:
        one.remove()


def seen_through(proxy: Proxy, **headers: str) -> str | None:
    """Return the address that a sign-in through the proxy comes from."""
    proxy.ask("POST", "/api/auth/register", WHO)
    status, body = proxy.ask("POST", "/api/auth/login", WHO, **headers)
    assert status == 200, body
    ip = body["session"]["ip"]
    assert ip is None or isinstance(ip, str)
    return ip


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("$remote_addr:$remote_port", "127.0.0.1"),
        ("$proxy_add_x_forwarded_for", "127.0.0.1"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("unknown", None),
    ],
)
def test_the_service_behind_nginx_knows_its_callers(
    services: Services, proxies: list[Proxy], written: str, expected: str | None
) -> None:
    service = services.serve(workers=1, TALLY_TRUSTED_PROXIES="127.0.0.1")
    proxies.append(Proxy(f"http://127.0.0.1:{service.port}", written))
    proxies[0].start()
    forged = {"X_Forwarded_For": "192.0.2.66"} if "add" not in written else {}
    assert seen_through(proxies[0], **forged) == expected
    is_local = expected == "127.0.0.1"
    assert proxies[0].ask("GET", "/metrics")[0] == (200 if is_local else 404)


def test_an_unlisted_nginx_on_this_machine_opens_the_figures_to_nobody(
    services: Services, proxies: list[Proxy]
) -> None:
    service = services.serve(workers=1)
    proxies.append(Proxy(f"http://127.0.0.1:{service.port}", "$remote_addr"))
    proxies[0].start()
    assert proxies[0].ask("GET", "/metrics")[0] == 404


def test_an_application_on_a_unix_socket_knows_its_callers(
    services: Services, proxies: list[Proxy], tmp_path: Path
) -> None:
    """gunicorn names no address there; all callers would be one."""
    (tmp_path / "host.py").write_text(HOST)
    port, socket = free_port(), tmp_path / "socket"
    gunicorn = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--threads", "2"]
    service = services.start(
        [*gunicorn, "--bind", f"unix:{socket}", "--bind", f"127.0.0.1:{port}", "host:app"],
        port=port,
        workers=1,
        cwd=tmp_path,
        settings={
            "TALLY_DATA_DIR": str(tmp_path / "data"),
            "TALLY_TRUSTED_PROXIES": "unix",
            "TALLY_PASSWORD_COST": "testing",
        },
    )
    assert service.port == port
    for written, expected in (
        ("203.0.113.9:51234", "203.0.113.9"),
        ("198.51.100.7", "198.51.100.7"),
        ("_hidden", None),
    ):
        proxies.append(Proxy(f"http://unix:{socket}", written))
        proxies[-1].start()
        assert seen_through(proxies[-1]) == expected
        assert proxies[-1].ask("GET", "/metrics")[0] == 404
