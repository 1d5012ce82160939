"""`tigertally feed` beside workers, and workers that have no feed process at all."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import empty_database
from tests.machines.fleet import MARGIN, PASSWORD, SECRET, SILENCE, Fleet, Machine
from tests.servers.postgres import Postgres
from tests.waiting import PATIENCE, wait_until

WHO = {"username": "hufu", "password": PASSWORD}


@contextmanager
def machine_over(url: str, folder: Path) -> Iterator[Machine]:
    """Start a machine, and sign somebody up."""
    machine = Machine("a", folder, workers=2, settings={"TALLY_DATABASE_URL": url})
    try:
        _until(machine.is_up, machine)
        assert machine.ask("POST", "/api/auth/register", body=WHO).status == 201
        yield machine
    finally:
        machine.end()


def feed(url: str, folder: Path) -> "subprocess.Popen[str]":
    """Start `tigertally feed` for the machine of this folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALLY_")}
    return subprocess.Popen(
        [sys.executable, "-m", "tigertally", "feed"],
        env=environment
        | {
            "TALLY_DATABASE_URL": url,
            "TALLY_DATA_DIR": str(folder / "a"),
            "TALLY_SECRET": SECRET,
            "TALLY_FEED_MAX_SILENCE": str(SILENCE),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said_by(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Wait for its end; return its exit code and what it said."""
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said


def test_workers_start_none_where_there_is_one_and_one_where_it_is_lost(
    postgres: Postgres, tmp_path: Path
) -> None:
    """One per machine: a second one goes away again, and no worker adds another."""
    url = empty_database(postgres, tmp_path)
    ours = feed(url, tmp_path)
    try:
        _until((tmp_path / "a" / "feed.doorbell").exists, None)
        with machine_over(url, tmp_path) as machine:
            time.sleep(4 * SILENCE)
            assert machine.feed() is None
            code, said = said_by(feed(url, tmp_path))
            assert (code, "has a feed process already" in said) == (1, True)
            _sign_out_is_effective(machine)
            ours.kill()
            _until(lambda: machine.feed() is not None, machine)
            _sign_out_is_effective(machine)
    finally:
        ours.kill()
        ours.communicate(timeout=PATIENCE)


def test_sqlite_needs_none(tmp_path: Path) -> None:
    """And says so, without an error."""
    code, said = said_by(feed(empty_database(None, tmp_path), tmp_path))
    assert (code, "needs no feed" in said) == (0, True)


def test_without_a_feed_process_each_request_asks_the_database(
    postgres: Postgres, tmp_path: Path
) -> None:
    """Sign-outs are effective all the same, and the log says what that costs."""
    (tmp_path / "a" / "feed.lock").mkdir(parents=True)
    with machine_over(empty_database(postgres, tmp_path), tmp_path) as machine:
        for _ in range(5):
            _sign_out_is_effective(machine)
        assert machine.feed() is None
        assert "each request costs a query to the database" in machine.log


def _sign_out_is_effective(machine: Machine) -> None:
    answer = machine.ask("POST", "/api/auth/login", body=WHO)
    token = str(answer.body["access_token"])
    assert machine.ask("GET", "/probe", token).status == 200
    gone = machine.ask("DELETE", "/api/auth/logout", token)
    assert gone.status == 200
    while time.monotonic() < gone.ended_at + SILENCE + MARGIN:
        assert machine.ask("GET", "/probe", token).code == "session_ended"


def _until(what: Callable[[], bool], machine: Machine | None) -> None:
    try:
        wait_until(what, "the machine is as it should be")
    except AssertionError:
        raise AssertionError(machine and machine.log[-3000:]) from None


def test_a_machine_whose_address_comes_from_a_file_starts_its_feed(
    postgres: Postgres, tmp_path: Path
) -> None:
    """The feed is handed the address itself, and not the file beside it."""
    file = tmp_path / "database_url"
    file.write_text(empty_database(postgres, tmp_path) + "\n")
    machine = Machine("a", tmp_path, workers=2, settings={"TALLY_DATABASE_URL_FILE": str(file)})
    try:
        _until(machine.is_up, machine)
        _until(lambda: machine.feed() is not None and Fleet._hears(machine), machine)
    finally:
        machine.end()
