"""What one run found, as lines that can be printed, kept and drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure. With a goal, ``wanted`` is the bound and ``sense`` on which side it shall be."""

    part: str
    what: str
    value: float
    unit: str
    goal: str = ""
    wanted: float | None = None
    sense: Literal["at least", "at most"] = "at least"

    @property
    def verdict(self) -> str:
        """Return whether the goal was met, or nothing where there is none."""
        if self.wanted is None:
            return ""
        met = self.value >= self.wanted if self.sense == "at least" else self.value <= self.wanted
        return "met" if met else "MISSED"

    @property
    def bound(self) -> str:
        """Return the goal in words."""
        if self.wanted is None:
            return ""
        return f"{self.goal}: {'≥' if self.sense == 'at least' else '≤'} {figure(self.wanted)}"

    def __str__(self) -> str:
        value = f"{figure(self.value)} {self.unit}".rstrip()
        return f"{self.part:<12} {self.what:<58} {value:>16}   {self.bound:<14} {self.verdict}"


def figure(value: float) -> str:
    """Return three digits that count, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


Findings = Iterator[Finding]
