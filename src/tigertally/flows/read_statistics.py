"""Read the figures of the overview, for an administrator."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tigertally.core.statistics import DAY, Figures, day_of
from tigertally.flows.context import Actor, Context, live_session


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures, and what they are of."""

    at: datetime
    since: datetime
    """When the first of the days began."""
    figures: Figures


@dataclass(frozen=True, slots=True)
class ReadStatistics:
    """Reads what housekeeping counted, and how things are now."""

    context: Context

    def __call__(self, actor: Actor, *, days: int, offset: timedelta) -> Overview:
        """Return the figures of so many days; the last one is today. Raises SessionEnded.

        Days begin at midnight where clocks are ahead of UTC by the offset.
        """
        now = self.context.clock.now()
        since = day_of(now, offset) - (days - 1) * DAY
        with self.context.store.reading() as tx:
            live_session(tx, actor, now)
            figures = tx.statistics.figures(now, since=since, offset=offset)
        return Overview(now, since, figures)
