"""Run the benchmarks: ``make bench``, or some of them: ``make bench PARTS="checking memory"``."""

import argparse
import datetime as dt
import os
import platform
import sys
from typing import Final

from benchmarks import (
    answering,
    bridging,
    checking,
    growing,
    memory,
    misses,
    refreshing,
    requests_per_second,
    signing_in,
    spreading,
    under_flood,
)
from benchmarks.findings import Finding
from benchmarks.report import record

PARTS: Final = {
    "requests": requests_per_second.run,
    "bridge": bridging.run,
    "checking": checking.run,
    "answers": answering.run,
    "memory": memory.run,
    "refresh": refreshing.run,
    "sign-in": signing_in.run,
    "flood": under_flood.run,
    "growing": growing.run,
    "misses": misses.run,
    "spreading": spreading.run,
}


def main() -> int:
    """Measure, print, and keep the results where asked to."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--record", action="store_true", help="keep them in README and results.json"
    )
    options = parser.parse_args()
    chosen = options.parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    machine_at_start = machine()
    print(f"{machine_at_start}\n", flush=True)
    found: list[Finding] = []
    for name in chosen:
        print(f"measuring: {name}", file=sys.stderr)
        for finding in PARTS[name]():
            print(finding, flush=True)
            found.append(finding)
    missed = [finding for finding in found if finding.verdict == "MISSED"]
    goals = sum(finding.wanted is not None for finding in found)
    print(f"\n{len(found)} figures; of {goals} goals, {goals - len(missed)} met")
    for finding in missed:
        print(finding)
    if options.record:
        record(found, chosen, machine_at_start)
    return 0


def machine() -> str:
    """Return what this was measured on, and when."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, load at the start {load:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
