"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Implements :class:`tigertally.clock.Clock`. Safe to read from any thread."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        """Return the clock's time."""
        return self._now

    def unix(self) -> float:
        """Return the clock's time in Unix seconds."""
        return self._now.timestamp()

    def move(self, *, seconds: float = 0, **more: float) -> None:
        """Move the clock by a duration (arguments of ``timedelta``); backwards is allowed."""
        self._now += timedelta(seconds=seconds, **more)
