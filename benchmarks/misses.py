"""A million checks on one machine, each begun after a sign-out was answered (goal G7)."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.integration.doorbell import processes as doorbell

from benchmarks.findings import Finding, Findings

CHECKS: Final = 1_000_000
READERS: Final = 2


def run() -> Findings:
    """Let three writers end sessions under SIGKILL, while two readers check what was answered."""
    with tempfile.TemporaryDirectory(prefix="tally-bench-") as folder:
        database, board = Path(folder) / "tally.db", Path(folder) / "board"
        doorbell.Board(board)
        doorbell.open_store(database).engine.dispose()
        writers = _play("write", database, board, os.getpid())
        try:
            readers = [_play("read", database, board, CHECKS // READERS) for _ in range(READERS)]
            reports = [json.loads(reader.communicate()[0]) for reader in readers]
            writers.terminate()
            kills = json.loads(writers.communicate()[0])["kills"]
        finally:
            if writers.poll() is None:
                os.killpg(writers.pid, signal.SIGKILL)
    missed = sum(len(report["missed"]) for report in reports)
    yield Finding("misses", "checks", sum(report["checks"] for report in reports), "")
    yield Finding("misses", "sign-outs answered", max(one["acknowledged"] for one in reports), "")
    yield Finding("misses", "writers killed meanwhile", kills, "")
    yield Finding("misses", "ended sessions let in", missed, "", "G7", 0, "at most")


def _play(role: str, *arguments: object) -> "subprocess.Popen[Any]":
    return subprocess.Popen(
        [sys.executable, "-m", doorbell.__name__, role, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
