"""The doorbell page between real processes: nothing acknowledged is ever missed."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.doorbell import processes as doorbell
from tests.integration.doorbell.processes import Board, end_session, open_a_session
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]
CHECKS = int(os.environ.get("DOORBELL_CHECKS", "200000"))
READERS = 2

Play = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def play() -> Iterator[Play]:
    """Start processes of :mod:`processes`, and end them afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(role: str, *arguments: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", doorbell.__name__, role, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def report_of(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    report: dict[str, Any] = json.loads(out)
    return report


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "tally.db"


@pytest.mark.slow
def test_no_acknowledged_end_is_missed_while_writers_are_killed_in_the_middle_of_it(
    tmp_path: Path, database: Path, play: Play
) -> None:
    """Three writers under SIGKILL, two readers: each check begins after an acknowledgement.

    DOORBELL_CHECKS=1000000 makes it the million of the performance goals.
    """
    seed = random.randrange(1 << 32)
    board = tmp_path / "board"
    Board(board)
    doorbell.open_store(database).engine.dispose()
    writers = play("write", database, board, seed)
    readers = [play("read", database, board, CHECKS // READERS) for _ in range(READERS)]
    reports = [report_of(reader) for reader in readers]
    writers.terminate()
    kills = report_of(writers)["kills"]
    counted = [(r["checks"], r["acknowledged"]) for r in reports]
    sys.stdout.write(f"seed {seed}, {kills} kills, checks and ends: {counted}\n")
    assert sum(report["checks"] for report in reports) >= CHECKS
    assert [report["missed"] for report in reports] == [[]] * READERS
    assert min(report["acknowledged"] for report in reports) >= doorbell.ENDS_MIN
    assert kills > 10


@pytest.mark.parametrize("moment", ["ticket", "commit", "done"])
def test_a_killed_writer_leaves_readers_right_and_the_next_repairs_the_page(
    database: Path, play: Play, moment: str
) -> None:
    store = doorbell.open_store(database)
    feed = store.feed()
    victim, other = open_a_session(store), open_a_session(store)
    feed.catch_up()
    assert not store.bell.rang()
    assert play("die", database, victim, moment).wait(PATIENCE) == -signal.SIGKILL
    # Nobody knows whether it was committed; so every check reads, and each is right.
    for _ in range(3):
        assert store.bell.rang()
        feed.catch_up()
        ended = feed.revocations.reason(victim) is not None
        assert ended == (moment == "done")
    end_session(store, other)
    feed.catch_up()
    assert feed.revocations.reason(other) is not None
    assert not store.bell.rang()
    store.engine.dispose()


def test_a_forked_reader_and_its_parent_learn_of_later_ends(database: Path, play: Play) -> None:
    store = doorbell.open_store(database)
    feed = store.feed()
    feed.catch_up()
    first, second = open_a_session(store), open_a_session(store)
    end_session(store, first)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.engine.dispose(close=False)
            feed.catch_up()
            end_session(store, second)
            status = 0 if feed.revocations.reason(first) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    feed.catch_up()
    assert feed.revocations.reason(second) is not None
    store.engine.dispose()
