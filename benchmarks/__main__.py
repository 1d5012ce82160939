"""Run the benchmarks: ``make bench``, or some of them: ``make bench PARTS="checking memory"``."""

import argparse
import datetime as dt
import json
import os
import platform
import sys
from pathlib import Path
from typing import Final

from benchmarks import (
    checking,
    memory,
    refreshing,
    requests_per_second,
    signing_in,
    spreading,
    under_flood,
)
from benchmarks.findings import Finding

PARTS: Final = {
    "requests": requests_per_second.run,
    "checking": checking.run,
    "memory": memory.run,
    "refresh": refreshing.run,
    "sign-in": signing_in.run,
    "flood": under_flood.run,
    "spreading": spreading.run,
}
RESULTS: Final = Path(__file__).with_name("results.json")


def main() -> int:
    """Measure, print, and keep the results where asked to."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--record", action="store_true", help="write results.json")
    options = parser.parse_args()
    chosen = options.parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print(f"{machine()}\n", flush=True)
    found: list[Finding] = []
    for name in chosen:
        print(f"measuring: {name}", file=sys.stderr)
        for finding in PARTS[name]():
            print(finding, flush=True)
            found.append(finding)
    missed = [finding for finding in found if finding.verdict == "MISSED"]
    print(f"\n{len(found)} figures, {len(missed)} goals missed")
    if options.record:
        record(found, chosen)
    return 0


def machine() -> str:
    """Return what this was measured on, and when."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, load at the start {load:.1f}"
    )


def record(found: list[Finding], parts: list[str]) -> None:
    """Keep the figures of these parts in place of those that were there."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in parts:
        kept[part] = {
            "measured": machine(),
            "figures": [
                {
                    "what": one.what,
                    "value": float(f"{one.value:.4g}"),
                    "unit": one.unit,
                    "goal": one.bound,
                    "verdict": one.verdict.lower(),
                }
                for one in found
                if one.part == part
            ],
        }
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
