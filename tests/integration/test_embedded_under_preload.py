"""An application of yours, loaded before gunicorn forks its workers: `TigerTally(app)` survives."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.command_line import BIN, Cli, clean_environment
from tests.integration.service import ENDED, Service
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.waiting import PATIENCE, wait_until

APP = """
from flask import Flask
from tigertally import TigerTally
from tigertally.flask import current_claims, signed_in

app = Flask(__name__)
TigerTally(app)


@app.get("/reports")
@signed_in()
def reports():
    return {"for": current_claims().user_id}
"""

WORKERS = 3


@pytest.fixture
def start(services: Services, tmp_path: Path) -> Callable[[], Service]:
    (tmp_path / "reports.py").write_text(APP)

    def build() -> Service:
        port = free_port()
        command = [str(BIN / "gunicorn"), "--preload", "--workers", str(WORKERS), "--threads", "4"]
        return services.start(
            [*command, "--bind", f"127.0.0.1:{port}", "--no-control-socket", "reports:app"],
            port=port,
            workers=WORKERS,
            cwd=tmp_path,
            settings={"TALLY_DATA_DIR": str(services.data_dir)},
        )

    return build


def test_every_worker_of_a_preloaded_application_refuses_right_after_a_sign_out(
    start: Callable[[], Service],
) -> None:
    service = start()
    service.register("hufu")
    with service.lines() as lines:
        assert len(lines) == WORKERS
        for number in range(20):
            mine = lines[number % WORKERS].call(
                "POST",
                "/api/auth/login",
                {"username": "hufu", "password": "correct horse battery"},
            )
            access = mine.body["access_token"]
            for line in lines:
                # A route of the application's own: only the verifier's memory is asked.
                assert line.call("GET", "/reports", token=access).status == 200
            out = lines[number // WORKERS % WORKERS]
            assert out.call("DELETE", "/api/auth/logout", token=access).status == 200
            for line in lines:
                found = line.call("GET", "/reports", token=access)
                assert found.verdict == (*ENDED, "logged_out"), (number, line.pid)


def test_presence_is_written_by_every_forked_worker(start: Callable[[], Service]) -> None:
    """The thread that writes it does not come along with a fork; each worker needs its own."""
    service = start()
    service.register("hufu")
    mine = [service.login("hufu").body for _ in range(WORKERS)]

    def seen(number: int) -> str:
        line, session = lines[number], mine[number]["session"]["id"]
        listed = line.call("GET", "/api/auth/sessions", token=mine[number]["access_token"])
        mine_alone = (one for one in listed.body["sessions"] if one["id"] == session)
        return str(next(mine_alone)["last_seen_at"])

    with service.lines() as lines:
        for number, line in enumerate(lines):
            assert line.call("GET", "/reports", token=mine[number]["access_token"]).status == 200
        for number in range(WORKERS):
            signed_in_at = mine[number]["session"]["last_seen_at"]
            wait_until(
                lambda number=number, then=signed_in_at: seen(number) > then,  # type: ignore[misc]
                "the worker writes who was seen",
            )


ORPHAN = """
import os
import sys

from reports import app


def register(name):
    body = {"username": name, "password": "correct horse battery"}
    return app.test_client().post("/api/auth/register", json=body).status_code


assert register("before") == 201
if os.fork():
    os._exit(0)
print("forked", flush=True)
sys.stdin.readline()
print(register("after"), flush=True)
"""


def test_an_end_acknowledged_by_a_child_outlives_its_parent(tmp_path: Path, cli: Cli) -> None:
    """The locks that tell SQLite "somebody uses this" belong to a process, and not to its children.

    Had the child inherited its parent's open database, it would think that it holds them. With the
    parent gone, the next command line would take itself for the only user, and tidy the write-ahead
    log away from under the child.
    """
    (tmp_path / "reports.py").write_text(APP)
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN],
        cwd=tmp_path,
        env=clean_environment(TALLY_DATA_DIR=str(cli.data_dir)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "forked\n"
        assert parent.wait(PATIENCE) == 0
        cli.ok("users", "create", "between", "--password-stdin", stdin="correct horse battery\n")
        out, _ = parent.communicate("go on\n", timeout=PATIENCE)
    assert out == "201\n"
    cli.ok("users", "create", "later", "--password-stdin", stdin="correct horse battery\n")
    listed = cli.ok("users", "list")
    names = ("before", "between", "after", "later")
    assert [name for name in names if name not in listed] == []
