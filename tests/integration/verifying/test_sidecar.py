"""nginx asks the sidecar before it passes a request on, by the sample configuration."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.departures import problems_of_error
from tests.integration.command_line import TALLY, clean_environment
from tests.integration.verifying.proxied import ask, behind_nginx, sidecar
from tests.waiting import PATIENCE, wait_until

from tigertally.testing.verifying import FeedStandIn

NAMES = ("Tally-User", "Tally-Session", "Tally-Roles")


@pytest.fixture
def nginx(stand_in: FeedStandIn, tmp_path: Path) -> Iterator[int]:
    """The port of nginx."""
    with behind_nginx(stand_in.url, stand_in.history.key.reveal(), tmp_path) as site:
        yield site.port


@pytest.fixture
def beside(stand_in: FeedStandIn, tmp_path: Path) -> Iterator[int]:
    """The port of a sidecar."""
    with sidecar(stand_in.url, stand_in.history.key.reveal(), tmp_path) as program:
        yield program.port


def settled(port: int, token: str, status: int, path: str = "/") -> None:
    wait_until(lambda: ask(port, path, Authorization=f"Bearer {token}").status == status, "it")


def test_the_application_is_told_who_is_signed_in_and_nobody_else_can_say_so(
    nginx: int, stand_in: FeedStandIn
) -> None:
    token, session = stand_in.sign_in("ada")
    settled(nginx, token, 200)
    forged = dict.fromkeys((name.replace("-", "_") for name in NAMES), "root")
    told = ask(nginx, "/orders?role=admin", Authorization=f"Bearer {token}", **forged).body
    assert [told[name] for name in NAMES] == ["ada", session, "reader"]
    assert ask(nginx, **forged).status == 401


def test_refusals_pass_with_their_words(nginx: int, stand_in: FeedStandIn) -> None:
    token, session = stand_in.sign_in()
    settled(nginx, token, 200)
    missing = ask(nginx, "/orders")
    assert (missing.status, missing.body["code"]) == (401, "token_missing")
    assert missing.headers["Www-Authenticate"] == "Bearer"
    stand_in.history.end(session, "kicked")
    settled(nginx, token, 401)
    ended = ask(nginx, "/orders", Authorization=f"Bearer {token}")
    assert (ended.body["code"], ended.body["reason"]) == ("session_ended", "kicked")
    assert problems_of_error(401, ended.body) == []


def test_a_silent_feed_is_503_behind_nginx_too(nginx: int, stand_in: FeedStandIn) -> None:
    token, _ = stand_in.sign_in()
    stand_in.fault = "silent"
    answer = ask(nginx, Authorization=f"Bearer {token}")
    assert (answer.status, answer.body["code"]) == (503, "verifier_unavailable")


def test_the_address_that_is_asked_may_demand_more(beside: int, stand_in: FeedStandIn) -> None:
    token, _ = stand_in.sign_in()
    settled(beside, token, 204)
    held = {"Authorization": f"Bearer {token}"}
    assert ask(beside, "/?role=reader", **held).status == 204
    for demand in ("role=editor", "role=reader&role=editor", "permission=orders:write", "fresh"):
        answer = ask(beside, f"/?{demand}=" if demand == "fresh" else f"/?{demand}", **held)
        wanted = 204 if demand == "fresh" else 403
        assert answer.status == wanted, demand
    assert ask(beside, "/?fresh=true", **held).body["code"] == "fresh_token_required"


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000,
    ],
)
def test_bytes_that_are_no_request_end_the_connection_and_nothing_else(
    beside: int, sent: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", beside), timeout=PATIENCE) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65_536):
            pass
    assert ask(beside).status == 401


def test_a_request_with_a_body_is_answered(beside: int) -> None:
    with socket.create_connection(("127.0.0.1", beside), timeout=PATIENCE) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert line.recv(65_536).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "8002"], "is no place to listen"),
        (["--url", "id.example.com"], "is no address of a service"),
        (["--service-key-file", "missing"], "the service key cannot be read"),
        (["--silence", "0"], "a silence of 0 s is not possible"),
    ],
)
def test_what_is_set_wrongly_is_said(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"svc_{'a' * 26}_b")
    given = ["--url", "http://127.0.0.1:1", "--service-key-file", str(tmp_path / "key")]
    done = subprocess.run(
        [TALLY, "verify", *given, *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False, env=clean_environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_samples_for_others_drop_what_a_caller_sent() -> None:
    """They are not run here; these lines are what that depends on."""
    traefik = yaml.safe_load(Path("deploy/verify/traefik.yaml").read_text("utf-8"))
    told = traefik["http"]["middlewares"]["signed-in"]["forwardAuth"]["authResponseHeaders"]
    assert tuple(told) == NAMES
    caddy = Path("deploy/verify/Caddyfile").read_text("utf-8")
    assert all(
        caddy.index(f"request_header -{name}") < caddy.index("forward_auth") for name in NAMES
    )
