"""Where time comes from. Rules never look at a clock: they are told what time it is."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests use one that can be moved (``tigertally.testing.MovableClock``)."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...

    def unix(self) -> float:
        """Return the same instant as Unix seconds, for the path that every request takes."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def unix(self) -> float:
        """Return the present instant as Unix seconds."""
        return time.time()


def unix_seconds(instant: datetime) -> int:
    """Return whole Unix seconds, as JWT's NumericDate wants them (RFC 7519 §2), rounded down."""
    return int(instant.timestamp())


def rfc3339(instant: datetime) -> str:
    """Return ``2026-01-31T08:00:00.123Z``: UTC with milliseconds, as JavaScript has them."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
