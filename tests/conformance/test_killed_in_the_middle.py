"""`kill -9` in the middle of each journey, on each engine: all of it happened, or nothing."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conformance.dying import JOURNEYS, MOMENTS
from tests.waiting import PATIENCE

ENDING = {"sign out", "kick", "end all", "change password", "delete"}
"""Journeys that end the first session."""


def test_a_process_that_is_killed_leaves_a_whole_journey_or_none(
    database_url: str, tmp_path: Path
) -> None:
    """Whatever is committed is known to every feed, though nobody rang for it; nothing is held."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.dying", database_url, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found == [
        {
            "journey": journey,
            "moment": moment,
            "killed": True,
            "changed": committed,
            "ended": committed and journey in ENDING,
            **({} if committed else {"passes": True}),
        }
        for journey in JOURNEYS
        for moment in MOMENTS
        for committed in [moment == "after the commit"]
    ]
