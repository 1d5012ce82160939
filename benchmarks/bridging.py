"""Requests per second of an application on Flask-JWT-Extended, with our ``JWTManager`` and without.

Both run in the product's own environment, with the same packages. They take turns of two seconds,
each beside the other, so that a busy minute of the machine hits both alike.
"""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.findings import Finding, Findings
from benchmarks.requests_per_second import Contender, started

TURNS: Final = 9
PLAIN: Final = Contender("Flask-JWT-Extended, no sign-out", "jwt_application")
BRIDGED: Final = Contender("the same with our JWTManager", "jwt_application", {"BRIDGED": "1"})


def run() -> Findings:
    """Measure both in turns."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        plain = stack.enter_context(started(PLAIN, folders[0]))
        bridged = stack.enter_context(started(BRIDGED, folders[1]))
        for one in (plain, bridged):
            one.rate()
        ratios = []
        for turn in range(TURNS):
            print(f"  bridge: turn {turn + 1} of {TURNS}", file=sys.stderr)
            before, ours, after = plain.rate(), bridged.rate(), plain.rate()
            ratios.append(2 * ours / (before + after))
    what = "our JWTManager ÷ Flask-JWT-Extended without sign-out"
    yield Finding("bridge", what, statistics.median(ratios), "×", "bridge", 1.0)
