"""Room for large bodies: so many bytes for all of a worker, and a queue before them."""

from collections.abc import Callable
from typing import Final

from tigertally.server.edge.limits import Limits

PATIENCE: Final = 5.0
"""Seconds that somebody waits before a slow upload must make room."""


class Room:
    """Hands out room in the order of asking; on the loop only."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = limits.room
        self._held: dict[object, int] = {}
        self._waiting: dict[object, tuple[int, Callable[[], None], float]] = {}

    def ask(self, who: object, size: int, granted: Callable[[], None], now: float) -> bool:
        """Call ``granted`` at once or later; return ``False`` where too many wait already."""
        if not self._waiting and self._take(who, size):
            granted()
            return True
        if len(self._waiting) >= self._limits.waiters:
            return False
        self._waiting[who] = (size, granted, now)
        return True

    def leave(self, who: object) -> None:
        """Give back what somebody has, or stands in line for."""
        self._waiting.pop(who, None)
        self._free += self._held.pop(who, 0)
        while self._waiting:
            first = next(iter(self._waiting))
            size, granted, _ = self._waiting[first]
            if not self._take(first, size):
                return
            del self._waiting[first]
            granted()

    def is_contended(self, now: float) -> bool:
        """Tell whether somebody has waited for so long that slow uploads must give way."""
        return any(now - since > PATIENCE for _, _, since in self._waiting.values())

    def has_waited_too_long(self, who: object, now: float) -> bool:
        """Tell whether somebody shall be sent away."""
        waits = self._waiting.get(who)
        return waits is not None and now - waits[2] > self._limits.wait_seconds

    def is_held_by(self, who: object) -> bool:
        """Tell whether somebody has room."""
        return who in self._held

    def _take(self, who: object, size: int) -> bool:
        if size > self._free:
            return False
        self._free -= size
        self._held[who] = size
        return True
