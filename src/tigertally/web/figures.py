"""The metrics of one process, as plain numbers that can be stored, loaded and added up."""

import bisect
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Upper bounds of a histogram, in seconds. One more bucket counts everything above."""

Labels = tuple[str, ...]


@dataclass(slots=True)
class Times:
    """A histogram: counts by bucket, and the sum in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def add(self, other: "Times") -> None:
        """Add another one."""
        self.counts = [
            mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)
        ]
        self.total += other.total


class Figures:
    """Counters, histograms and gauges, by name and labels. Safe to use from any thread."""

    def __init__(self) -> None:
        self.counters: dict[tuple[str, Labels], float] = {}
        self.times: dict[tuple[str, Labels], Times] = {}
        self.gauges: dict[str, float] = {}
        self._lock = threading.Lock()

    def count(self, name: str, labels: Labels = (), amount: float = 1) -> None:
        """Count so many more."""
        with self._lock:
            self.counters[name, labels] = self.counters.get((name, labels), 0) + amount

    def time(self, name: str, labels: Labels, seconds: float) -> None:
        """Note how long something took."""
        with self._lock:
            times = self.times.setdefault((name, labels), Times())
            times.counts[bisect.bisect_left(BUCKETS, seconds)] += 1
            times.total += seconds

    def add(self, other: Self) -> None:
        """Add another process's counts. The caller combines gauges."""
        for (name, labels), amount in other.counters.items():
            self.count(name, labels, amount)
        with self._lock:
            for key, times in other.times.items():
                self.times.setdefault(key, Times()).add(times)

    def dumps(self) -> str:
        """Return all figures as text."""
        with self._lock:
            return json.dumps(
                {
                    "counters": [[name, *labels, n] for (name, labels), n in self.counters.items()],
                    "times": [
                        [name, *labels, times.total, times.counts]
                        for (name, labels), times in self.times.items()
                    ],
                    "gauges": self.gauges,
                }
            )

    @classmethod
    def loads(cls, text: str) -> Self:
        """Parse the output of :meth:`dumps`. Raises ValueError for anything else."""
        figures = cls()
        try:
            found = json.loads(text)
            for name, *labels, amount in found["counters"]:
                figures.counters[_key(name, labels)] = _number(amount)
            for name, *labels, total, counts in found["times"]:
                figures.times[_key(name, labels)] = Times(_counts(counts), _number(total))
            figures.gauges = {name: _number(value) for name, value in found["gauges"].items()}
        except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError("not figures of ours") from error
        return figures


def fold(departed: str | None, note: str) -> str:
    """Add the counts of a dead process to those of others. Raises ValueError.

    Its gauges are dropped: they described a state that is over.
    """
    gone = Figures.loads(note)
    together = Figures() if departed is None else Figures.loads(departed)
    together.add(gone)
    return together.dumps()


def _key(name: object, labels: Sequence[object]) -> tuple[str, Labels]:
    if not isinstance(name, str) or not all(isinstance(label, str) for label in labels):
        raise ValueError("a name that is no text")
    return name, tuple(str(label) for label in labels)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)


def _counts(values: Any) -> list[int]:
    if not isinstance(values, list) or len(values) != len(BUCKETS) + 1:
        raise ValueError("not a histogram of ours")
    return [int(_number(value)) for value in values]


def brought_together(gauges: Sequence[Mapping[str, float]], name: str, how: str) -> float | None:
    """Return a gauge of all processes, as ``max`` or ``sum``; ``None`` if no process has it."""
    values = [each[name] for each in gauges if name in each]
    if not values:
        return None
    return max(values) if how == "max" else sum(values)
