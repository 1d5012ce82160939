"""Figures for an overview."""

from datetime import datetime, timedelta
from typing import Protocol

from tigertally.core.statistics import Figures


class Statistics(Protocol):
    """Counts by the hour. Only one process counts at a time; the others have nothing to do."""

    def is_behind(self, now: datetime) -> bool:
        """Tell whether there is something to count."""
        ...

    def count(self, now: datetime, limit: int) -> bool:
        """Count up to so many events and ends of sessions. Tell whether there may be more.

        Each is counted exactly once, or not at all if the transaction is undone.
        """
        ...

    def figures(self, now: datetime, *, since: datetime, offset: timedelta) -> Figures:
        """Return the figures from then on, by days of an offset from UTC; three statements."""
        ...

    def purge(self, now: datetime) -> None:
        """Delete figures that are no longer kept."""
        ...
