"""Two instances behind nginx, with the configuration that `deploy/` holds."""

import http.client
import json
import socket
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.machines.conftest import fleet_over
from tests.machines.fleet import MARGIN, PASSWORD, SILENCE, Fleet
from tests.servers.nginx import Nginx
from tests.servers.postgres import Postgres
from tests.servers.programs import program
from tests.waiting import PATIENCE

WHO = {"username": "hufu", "password": PASSWORD}


class Front:
    """Somebody outside, who trusts the certificate."""

    def __init__(self, fleet: Fleet, nginx: Nginx) -> None:
        self.fleet = fleet
        self.nginx = nginx
        self._tls = ssl.create_default_context(cafile=str(nginx.certificate))

    def ask(
        self, method: str, path: str, token: str | None = None, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
        """Send one request."""
        connection = http.client.HTTPSConnection(
            "localhost", self.nginx.port, context=self._tls, timeout=PATIENCE
        )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        if data:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        return response.status, json.loads(text) if text else {}, response.headers

    def sign_in(self) -> str:
        """Return an access token."""
        status, body, _ = self.ask("POST", "/api/auth/login", body=WHO)
        assert status == 200, body
        return str(body["access_token"])


@contextmanager
def front_over(postgres: Postgres, folder: Path) -> Iterator[Front]:
    """Two instances, and nginx before them."""
    with fleet_over(
        postgres,
        folder,
        TALLY_TRUSTED_PROXIES="127.0.0.1",
        TALLY_PUBLIC_URL="https://localhost",
    ) as fleet:
        nginx = Nginx([fleet.a.port, fleet.b.port])
        try:
            nginx.start()
            front = Front(fleet, nginx)
            assert front.ask("POST", "/api/auth/register", body=WHO)[0] == 201
            yield front
        finally:
            nginx.remove()


@pytest.fixture(scope="module")
def front(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One front for all tests that leave it as it is."""
    with front_over(postgres, tmp_path_factory.mktemp("nginx")) as front:
        yield front


def assert_secured(headers: http.client.HTTPMessage) -> None:
    """Whoever answers, the service or nginx: each header once."""
    assert headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    (policy,) = headers.get_all("Content-Security-Policy") or []
    assert "default-src 'none'" in policy


def test_nginx_accepts_the_sample_configuration(front: Front) -> None:
    """As on any machine after the names were changed."""
    assert "syntax is ok" in front.nginx.test()


def test_a_sign_out_through_either_instance_is_effective_through_both(front: Front) -> None:
    """nginx sends each request to the next instance; none lets the session in after the bound."""
    at_once = late = 0
    rounds = 40
    for _ in range(rounds):
        token = front.sign_in()
        assert {front.ask("GET", "/probe", token)[0] for _ in range(4)} == {200}
        assert front.ask("DELETE", "/api/auth/logout", token)[0] == 200
        acknowledged_at = time.monotonic()
        statuses = []
        while time.monotonic() - acknowledged_at < 0.1:
            statuses.append(front.ask("GET", "/probe", token)[0])
        at_once += set(statuses) == {401}
        late += statuses.count(200)
        time.sleep(max(0.0, acknowledged_at + SILENCE + MARGIN - time.monotonic()))
        assert {front.ask("GET", "/probe", token)[0] for _ in range(4)} == {401}
    print(
        f"\nbehind nginx: refused from the first request on: {at_once} of {rounds}; {late} let in"
    )


def test_the_caller_cannot_choose_the_logged_address(front: Front) -> None:
    """What a caller puts into forwarding headers is replaced."""
    token = front.sign_in()
    forged = {"X_Forwarded_For": "203.0.113.9", "Forwarded": "for=203.0.113.9",
              "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}  # fmt: skip
    status, body, _ = front.ask("POST", "/api/auth/login", body=WHO, **forged)
    assert status == 200
    assert body["session"]["ip"] == "127.0.0.1"
    cookie = WHO | {"delivery": "cookie"}
    _, _, headers = front.ask("POST", "/api/auth/login", body=cookie, **forged)
    cookies = headers.get_all("Set-Cookie") or []
    assert any(one.startswith("__Host-tally_access=") for one in cookies)
    assert all("Secure" in one for one in cookies)
    assert front.ask("GET", "/api/me", token)[0] == 200


def test_too_much_is_refused_in_the_contracts_words(front: Front) -> None:
    """By the service up to nginx's own limit, and by nginx beyond it."""
    for size in (200_000, 13_000_000):
        # The service refuses unread, and goes on reading until nginx has the answer.
        for _ in range(10):
            status, body, headers = front.ask("POST", "/api/auth/login", body=b" " * size)
            assert (status, body["code"], body["status"]) == (413, "payload_too_large", 413)
            assert_secured(headers)


def test_callers_on_http_2_are_served_over_connections_that_are_kept(front: Front) -> None:
    """Sixty requests at once on one connection; nginx hands them on in HTTP/1.1."""
    url = f"https://localhost:{front.nginx.port}"
    paths = ["/healthz", "/api/me", "/api/auth/providers", "/api/docs"] * 15
    command = [program("curl"), "--http2", "--silent", "--parallel", "--parallel-max", "60"]
    command += [
        "--cacert",
        str(front.nginx.certificate),
        "--write-out",
        "%{http_version} %{http_code}\n",
    ]
    for path in paths:
        command += ["--output", "/dev/null", f"{url}{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert Counter(done.stdout.split("\n")[:-1]) == {"2 200": 45, "2 401": 15}


def test_a_long_token_gets_its_answer(front: Front) -> None:
    """Twelve kilobytes fit nginx's buffers; the service says what it thinks of them."""
    status, body, _ = front.ask("GET", "/api/me", "x" * 12_000)
    assert (status, body["code"]) == (401, "token_invalid")


def test_plain_http_redirects_pages_and_refuses_calls(front: Front) -> None:
    """A call that came in the clear must fail: led on, nobody would notice that it did."""
    answers = {}
    for path in ("/login?redirect=/devices", "/api/me"):
        plain = http.client.HTTPConnection("127.0.0.1", front.nginx.plain_port, timeout=PATIENCE)
        plain.request("GET", path, headers={"Host": "localhost"})
        response = plain.getresponse()
        answers[path] = (response.status, response.headers["Location"], response.read())
        plain.close()
    status, location, _ = answers["/login?redirect=/devices"]
    assert (status, location) == (308, "https://localhost/login?redirect=/devices")
    status, location, body = answers["/api/me"]
    assert (status, location) == (403, None)
    assert json.loads(body)["code"] == "forbidden"


def test_another_name_gets_no_answer(front: Front) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", front.nginx.port), timeout=PATIENCE) as bare,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(bare, server_hostname="evil.example")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_old_versions_of_tls_are_refused(front: Front) -> None:
    def shake_hands(newest: ssl.TLSVersion) -> str | None:
        context = ssl.create_default_context(cafile=str(front.nginx.certificate))
        # The client must be willing, or the server is not asked.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
        address = ("127.0.0.1", front.nginx.port)
        with (
            socket.create_connection(address, timeout=PATIENCE) as bare,
            context.wrap_socket(bare, server_hostname="localhost") as encrypted,
        ):
            return encrypted.version()

    assert shake_hands(ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert shake_hands(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError) as refused:
        shake_hands(ssl.TLSVersion.TLSv1_1)
    assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_one_missing_instance_is_skipped_and_two_are_reported(
    postgres: Postgres, tmp_path: Path
) -> None:
    """People notice nothing of one; of two, programs are told in the contract's words."""
    with front_over(postgres, tmp_path) as front:
        token = front.sign_in()
        front.fleet.b.end()
        assert {front.ask("GET", "/probe", token)[0] for _ in range(20)} == {200}
        assert front.ask("DELETE", "/api/auth/logout", token)[0] == 200
        front.fleet.a.end()
        status, body, headers = front.ask("GET", "/api/me", "x")
        assert (status, body["code"], body["status"]) == (503, "upstream_unavailable", 503)
        assert headers["Content-Type"] == "application/json"
        assert_secured(headers)


def test_the_compose_file_names_no_password() -> None:
    """Secrets come from files, and what must be chosen must be chosen."""
    compose = yaml.safe_load(Path("deploy/compose.yaml").read_text("utf-8"))
    assert all(one["file"].startswith("./secrets/") for one in compose["secrets"].values())
    environments = [one.get("environment", {}) for one in compose["services"].values()]
    given = {name: value for one in environments for name, value in one.items()}
    secret = {
        name: value for name, value in given.items() if {"SECRET", "PASSWORD"} & {*name.split("_")}
    }
    assert set(secret) == {"TALLY_SECRET_FILE", "POSTGRES_PASSWORD_FILE"}
    assert all(value.startswith("/run/secrets/") for value in secret.values())
    assert not {"TALLY_DATABASE_URL", "TALLY_REDIS_URL"} & {*given}
    assert "requirepass" in str(compose["services"]["redis"]["command"])
    assert given["TALLY_PUBLIC_URL"].startswith("${TALLY_PUBLIC_URL:?")
