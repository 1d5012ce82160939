"""`kill -9` between the promise of a message and its end, on each engine: nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE


def test_a_killed_sender_leaves_one_message_or_the_same_one_again(
    database_url: str, tmp_path: Path
) -> None:
    """What was promised arrives. Only what was sent, and not noted, arrives twice, with one id."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.dying_senders", database_url, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"moment": moment, "killed": True, "arrived": arrived, "messages": min(arrived, 1), **rest}
        for moment, arrived in (
            ("before the commit", 0),
            ("after the commit", 1),
            ("before it is sent", 1),
            ("after it was sent", 2),
        )
        for rest in [{"waiting": 0}]
    ]
