"""How times are taken on a machine that others use as well: the best of many, in turns."""

import gc
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence

Act = Callable[[], object]


def microseconds(acts: Mapping[str, Act], *, calls: int, rounds: int = 15) -> dict[str, float]:
    """Return the least time per call of each, measured in turns so that a busy second hits all."""
    best = dict.fromkeys(acts, float("inf"))
    gc.disable()
    try:
        for _ in range(rounds):
            for name, act in acts.items():
                began = time.perf_counter()
                for _ in range(calls):
                    act()
                spent = (time.perf_counter() - began) / calls * 1e6
                best[name] = min(best[name], spent)
    finally:
        gc.enable()
    return best


def rates(
    makers: Mapping[str, Callable[[], Act]], *, threads: int, seconds: float, rounds: int = 5
) -> tuple[dict[str, float], dict[str, float]]:
    """Return calls per second (the median round), and the 99th percentile in milliseconds.

    Each thread gets an act of its own. The contenders take turns, round by round.
    """
    per_second: dict[str, list[float]] = {name: [] for name in makers}
    waits: dict[str, list[float]] = {name: [] for name in makers}
    acts = {name: [make() for _ in range(threads)] for name, make in makers.items()}
    for _ in range(rounds):
        for name in makers:
            taken = _run(acts[name], seconds)
            per_second[name].append(len(taken) / seconds)
            waits[name] += taken
    return (
        {name: statistics.median(found) for name, found in per_second.items()},
        {name: percentile(found, 0.99) * 1e3 for name, found in waits.items()},
    )


def _run(acts: Sequence[Act], seconds: float) -> list[float]:
    taken: list[list[float]] = [[] for _ in acts]
    until = time.perf_counter() + seconds

    def go(act: Act, mine: list[float]) -> None:
        while (began := time.perf_counter()) < until:
            act()
            mine.append(time.perf_counter() - began)

    threads = [threading.Thread(target=go, args=pair) for pair in zip(acts, taken, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for mine in taken for one in mine]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
