"""What `tigertally serve` says to whoever starts it, and what it writes down."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from tests.integration.command_line import TALLY, Cli
from tests.integration.raw import exchange, parse
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.waiting import PATIENCE, wait_until


def test_serve_prints_its_places_first_steps_and_end(services: Services) -> None:
    service = services.serve(workers=1)
    said = service.read_log()
    root = f"http://127.0.0.1:{service.port}"
    assert f"serves {root}\n" in said
    assert f"API reference: {root}/api/docs\n" in said
    assert "tigertally users create" in said
    assert "Ctrl-C" in said
    assert service.call("GET", "/api/docs").status == 200


def test_serve_warns_of_passwords_in_plain_text(services: Services) -> None:
    """Not on this machine, nor behind a proxy that speaks TLS."""
    command = [TALLY, "serve", "--data-dir", str(services.data_dir), "--workers", "1"]
    warned = {}
    for host, public in (
        ("0.0.0.0", None),
        ("127.0.0.1", None),
        ("0.0.0.0", "https://a.example"),
    ):
        port = free_port()
        settings = {"TALLY_PUBLIC_URL": public} if public else {}
        service = services.start(
            [*command, "--host", host, "--port", str(port)], port=port, workers=1, settings=settings
        )
        warned[host, public] = "in the clear" in service.read_log()
        service.stop()
    assert warned == {
        ("0.0.0.0", None): True,
        ("127.0.0.1", None): False,
        ("0.0.0.0", "https://a.example"): False,
    }


def test_the_access_log_has_each_request_and_no_secret(services: Services) -> None:
    """Also what the edge answers by itself; and nothing at all unless it is asked for."""
    port = free_port()
    command = [TALLY, "serve", "--data-dir", str(services.data_dir), "--port", str(port)]
    service = services.start([*command, "--workers", "1", "--access-log"], port=port, workers=1)
    service.call("GET", "/api/me?token=SECRET1", token="SECRET2")
    service.call("POST", "/api/auth/login", {"username": "hufu", "password": "SECRET3"})
    exchange(port, b'GET /a"b%0a%1b[1m HTTP/1.1\r\nHost: SECRET4\r\n\r\n')
    exchange(port, b"GET /SECRET5\x01 HTTP/1.1\r\n\r\n")
    (refused,) = parse(
        exchange(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n")
    )
    wait_until(lambda: '"POST /" 413' in service.read_log(), "the last one is written")
    said = service.read_log()
    assert '127.0.0.1 "GET /api/me" 401' in said
    assert '127.0.0.1 "POST /api/auth/login" 401' in said
    assert '"GET /a?b??[1m" 404' in said
    assert '"-" 400' in said
    assert refused.headers["X-Request-Id"] in said
    assert "SECRET" not in said


def test_a_worker_that_is_killed_is_replaced(services: Services) -> None:
    service = services.serve(workers=2)
    before = service.worker_pids()
    os.kill(before[0], signal.SIGKILL)
    wait_until(
        lambda: len(service.worker_pids()) == 2 and service.worker_pids() != before,
        "another worker is there",
    )
    assert [service.call("GET", "/healthz").status for _ in range(20)] == [200] * 20


def test_workers_do_not_outlive_the_process_that_looks_after_them(services: Services) -> None:
    service = services.serve(workers=2)
    workers = service.worker_pids()
    service.process.kill()
    service.process.wait(PATIENCE)
    wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "the workers have ended"
    )


def test_with_few_files_it_serves_fewer_at_once_and_never_spins(services: Services) -> None:
    """Two hundred who are silent, and room for forty: newcomers get in, nothing fails."""
    port = free_port()
    serve = f"exec {TALLY} serve --port {port} --workers 1 --data-dir {services.data_dir}"
    command = ["bash", "-c", f"ulimit -n 300; {serve}"]
    service = services.start(command, port=port, workers=1)
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    try:
        assert [service.call("GET", "/readyz").status for _ in range(10)] == [200] * 10
    finally:
        for line in lines:
            line.close()
    assert "Traceback" not in service.read_log()
    assert service.stop() == 0


def test_a_taken_port_is_answered_with_what_to_type(cli: Cli) -> None:
    """`make run` knows another spelling."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = cli("serve", "--port", port)
        assert found.code != 0
        assert "--port" in found.err
        dry = subprocess.run(
            ["make", "-n", "run", f"PORT={port}"], capture_output=True, text=True, check=True
        )
        assert "make run PORT=" in dry.stdout


def test_doctor_says_how_many_can_be_connected_and_what_to_do_about_few(cli: Cli) -> None:
    def ask(limit: str) -> str:
        command = f"ulimit -n {limit}; exec {TALLY} doctor --data-dir {cli.data_dir}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    few = ask("300")
    assert "connections at once: 44 for each worker" in few
    assert "ulimit -n" in few
    assert "ulimit -n" not in ask("2000")
