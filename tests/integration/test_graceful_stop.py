"""A service that is asked to end finishes what it has begun, and writes down what it knows."""

import contextlib
import json
import signal
import sqlite3
from pathlib import Path

import bcrypt
import pytest
from tests.integration.command_line import Cli
from tests.integration.service import PASSWORD, Line, Service
from tests.integration.services import Services
from tests.waiting import PATIENCE, wait_until


def unread_bytes(port: int, client_port: int) -> int | None:
    """Return how much of what a client sent still waits in the kernel for the service to read."""
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        if (int(local[-4:], 16), int(remote[-4:], 16)) == (port, client_port):
            return int(queues.split(":")[1], 16)
    return None


def test_requests_that_have_begun_are_answered_after_the_service_was_asked_to_end(
    service: Service, services: Services, cli: Cli
) -> None:
    """Each is busy for a while with the hash of a password that another system made costly.

    No more than that: hashes give way to all else on the machine, and have ten seconds in all.
    """
    costly = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
    people = services.folder / "people.jsonl"
    names = [f"person-{number}" for number in range(3)]
    rows = [json.dumps({"username": name, "password_hash": costly}) for name in names]
    people.write_text("\n".join(rows))
    assert cli.here("users", "import", str(people)).code == 0
    lines = [Line(service.port) for _ in names]

    for line, name in zip(lines, names, strict=True):
        line.send("POST", "/api/auth/login", {"username": name, "password": PASSWORD})
    wait_until(
        lambda: all(unread_bytes(service.port, line.local_port) == 0 for line in lines),
        "the workers have read the requests",
    )
    service.process.send_signal(signal.SIGTERM)
    assert [line.receive().status for line in lines] == [200] * len(names)
    for line in lines:
        line.close()
    assert service.process.wait(PATIENCE) == 0
    assert "Traceback" not in service.read_log()
    with contextlib.closing(sqlite3.connect(services.data_dir / "tally.db")) as connection:
        opened = connection.execute("SELECT count(*) FROM tally_sessions").fetchone()
    assert opened == (len(names),)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_presence_is_written_before_the_service_ends(
    service: Service, services: Services, ending: signal.Signals
) -> None:
    service.register("hufu")
    mine = [service.login("hufu").body for _ in range(4)]
    with service.lines() as lines:
        for line, one in zip(lines, mine, strict=True):
            assert line.call("GET", "/api/me", token=one["access_token"]).status == 200
    service.process.send_signal(ending)
    assert service.process.wait(PATIENCE) == 0
    with contextlib.closing(sqlite3.connect(services.data_dir / "tally.db")) as connection:
        rows = connection.execute(
            "SELECT id, confirmed, last_seen_at > created_at FROM tally_sessions"
        ).fetchall()
    assert rows == [(row[0], 1, 1) for row in rows]
    assert {row[0] for row in rows} == {one["session"]["id"] for one in mine}
    assert "Traceback" not in service.read_log()
