"""Request buffer budget (room): bytes for all large bodies of a worker, with a queue."""

from collections.abc import Callable
from typing import Final

from tigertally.server.edge.limits import Limits

PATIENCE: Final = 5.0
"""Seconds of waiting after which slow uploads must make room."""


class Room:
    """Grants room in the order of the requests. Used on the loop only."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = limits.room
        self._held: dict[object, int] = {}
        self._waiting: dict[object, tuple[int, Callable[[], None], float]] = {}

    def ask(self, who: object, size: int, granted: Callable[[], None], now: float) -> bool:
        """Call ``granted`` at once or later. Return ``False`` if too many wait already."""
        if not self._waiting and self._take(who, size):
            granted()
            return True
        if len(self._waiting) >= self._limits.waiters:
            return False
        self._waiting[who] = (size, granted, now)
        return True

    def leave(self, who: object) -> None:
        """Give back the room of a connection, or its place in the queue."""
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
        """Tell whether one has waited so long that slow uploads must make room."""
        return any(now - since > PATIENCE for _, _, since in self._waiting.values())

    def has_waited_too_long(self, who: object, now: float) -> bool:
        """Tell whether this one has waited too long."""
        waits = self._waiting.get(who)
        return waits is not None and now - waits[2] > self._limits.wait_seconds

    def is_held_by(self, who: object) -> bool:
        """Tell whether this one has room."""
        return who in self._held

    def _take(self, who: object, size: int) -> bool:
        if size > self._free:
            return False
        self._free -= size
        self._held[who] = size
        return True
