"""Figures of several processes: whatever happens to one of them, those of all can be read."""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.service import Service
from tests.integration.services import Services
from tests.waiting import wait_until

from tigertally.server.figures import figures_folder
from tigertally.storage.noticeboard import Noticeboard
from tigertally.web.figures import Figures, fold
from tigertally.web.metrics import ANSWERS, Metrics


def answers_told(service: Service) -> int:
    """How often all workers together have published their keys."""
    answer = service.call("GET", "/metrics")
    assert answer.status == 200, answer
    found = re.search(rb'operation="read_keys",outcome="ok"} (\S+)', answer.body)
    return int(float(found[1])) if found else 0


def ask_each_worker(service: Service, times: int) -> None:
    with service.lines() as lines:
        for line in lines:
            for _ in range(times):
                assert line.call("GET", "/.well-known/jwks.json").status == 200


def test_a_killed_worker_loses_no_metrics(services: Services) -> None:
    service = services.serve(workers=2)
    ask_each_worker(service, 5)
    wait_until(lambda: answers_told(service) == 10, "each worker has left its figures")
    killed = service.worker_pids()[0]
    os.kill(killed, signal.SIGKILL)
    wait_until(
        lambda: killed not in (now := service.worker_pids()) and len(now) == 2, "a new worker"
    )
    assert answers_told(service) == 10
    ask_each_worker(service, 1)
    wait_until(lambda: answers_told(service) == 12, "the new worker is counted too")


def test_damaged_or_missing_metrics_files_hide_no_metrics(
    services: Services,
) -> None:
    service = services.serve(workers=2)
    folder = figures_folder(services.data_dir, service.port)
    ask_each_worker(service, 3)
    wait_until(lambda: answers_told(service) == 6, "each worker has left its figures")

    def damage(content: bytes) -> Callable[[], None]:
        def act() -> None:
            for path in [*folder.glob("*.note"), folder / "departed"]:
                path.write_bytes(content)

        return act

    good = next(folder.glob("*.note")).read_bytes()
    harms: list[Callable[[], object]] = [
        *map(
            damage, (b"", good[:-7], b"\xff\x00" * 999, b"[]", b"1" * 5000, b'{"counters":[[1,2]]}')
        ),
        (folder / "dead.note").mkdir,
        lambda: shutil.rmtree(folder),
        lambda: wait_until(lambda: is_a_file_now(folder), "a file takes the folder's place"),
        folder.unlink,
    ]
    for harm in harms:
        harm()
        answers_told(service)
    wait_until(lambda: answers_told(service) == 6, "each worker has left its figures again")
    assert service.call("GET", "/healthz").status == 200
    assert "Traceback" not in service.read_log()


def is_a_file_now(folder: Path) -> bool:
    """Put a file in the folder's place, unless a worker has just made the folder again."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.write_bytes(b"not a folder")
    except IsADirectoryError:
        return False
    return True


def living_and_dead(board: Noticeboard) -> float:
    notices = board.gather(fold)
    total = Figures()
    for note in (*notices.living, *([notices.departed] if notices.departed else [])):
        total.add(Figures.loads(note))
    return total.counters.get((ANSWERS, ("x", "ok")), 0)


def in_a_process_that_dies(act: Callable[[], None]) -> None:
    """Do something in a child that then ends without a farewell."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def leave_one(folder: Path) -> None:
    metrics = Metrics({}, board=Noticeboard(folder))
    metrics.answered("x", "ok", 0)
    metrics.publish()


def test_the_folder_does_not_grow_with_dead_workers(tmp_path: Path) -> None:
    board = Noticeboard(tmp_path)
    board.post(Figures().dumps())
    for _ in range(30):
        in_a_process_that_dies(lambda: leave_one(tmp_path))
    assert living_and_dead(board) == 30
    assert len(list(tmp_path.iterdir())) <= 4
    assert living_and_dead(board) == 30


def test_a_worker_killed_while_folding_counts_nothing_twice(tmp_path: Path) -> None:
    """What it had folded lies there still, beside what it folded it into."""
    board = Noticeboard(tmp_path)
    in_a_process_that_dies(lambda: leave_one(tmp_path))
    dead = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert living_and_dead(board) == 1
    for path, content in dead.items():
        path.write_bytes(content)
    assert living_and_dead(board) == 1
    in_a_process_that_dies(lambda: leave_one(tmp_path))
    assert living_and_dead(board) == 2


def test_a_frozen_reader_blocks_no_other_reader(tmp_path: Path) -> None:
    board = Noticeboard(tmp_path)
    leave_one(tmp_path)
    pid = os.fork()
    if pid == 0:
        with Noticeboard(tmp_path)._alone():
            (tmp_path / "held").touch()
            signal.pause()
    try:
        wait_until((tmp_path / "held").exists, "the other holds the board")
        assert living_and_dead(board) == 1
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_forked_child_starts_its_own_counts(tmp_path: Path) -> None:
    board = Noticeboard(tmp_path)
    metrics = Metrics({}, board=board)
    metrics.answered("x", "ok", 0)
    metrics.publish()

    def count_as_a_child() -> None:
        metrics.after_fork()
        board.after_fork()
        metrics.answered("x", "ok", 0)
        metrics.publish()

    in_a_process_that_dies(count_as_a_child)
    assert b'outcome="ok"} 2.0' in metrics.exposition()[0]


def test_an_unusable_metrics_folder_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    metrics = Metrics({}, board=Noticeboard(tmp_path / "file" / "below"))
    for _ in range(5):
        metrics.answered("x", "ok", 0)
        assert b'outcome="ok"}' in metrics.exposition()[0]
    assert len(caplog.records) == 1


def test_leftovers_of_killed_writers_are_removed(tmp_path: Path) -> None:
    board = Noticeboard(tmp_path)
    leave_one(tmp_path)
    for name in (".x.note-12345678", "gone.alive"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1, 1))
    board.gather(fold)
    assert not (tmp_path / ".x.note-12345678").exists()
    assert not (tmp_path / "gone.alive").exists()
    assert json.loads((next(tmp_path.glob("*.note"), None) or tmp_path / "departed").read_text())
