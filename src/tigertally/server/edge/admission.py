"""Decides whether a body may be sent, and whether it arrives fast enough."""

from collections.abc import Callable

from tigertally.server.edge.gateway import Gateway, Line
from tigertally.server.edge.reading import Incoming


class Admission:
    """Admission of the bodies of one connection. Returns codes of the contract, or ``None``."""

    def __init__(self, gateway: Gateway, line: Line) -> None:
        self._gateway = gateway
        self._limits = gateway.limits
        self._line = line

    def needs_room(self, coming: Incoming) -> bool:
        """Tell whether a body is large, so that it must wait for its turn."""
        return coming.size_at_most > self._limits.small

    def is_admitted(self, coming: Incoming) -> bool:
        """Tell whether a body may be sent now."""
        return not self.needs_room(coming) or self._gateway.room.is_held_by(self._line)

    def ask(self, coming: Incoming, invite: Callable[[], None]) -> str | None:
        """Call ``invite`` as soon as there is room. Return the code if there will be no room."""
        coming.asked_at = now = self._gateway.loop.time()
        if not self.needs_room(coming):
            invite()
        elif not self._gateway.room.ask(self._line, coming.size_at_most, invite, now):
            return "busy"
        return None

    def complaint(self, coming: Incoming, now: float) -> str | None:
        """Return the code for a body that takes too long."""
        room, limits = self._gateway.room, self._limits
        seconds, contended = now - coming.asked_at, room.is_contended(now)
        if not self.is_admitted(coming):
            return "busy" if room.has_waited_too_long(self._line, now) else None
        if coming.received < limits.body_rate * (seconds - limits.body_grace):
            return "invalid_request"
        # Somebody waits: slow uploads must make room.
        is_slow = coming.received < limits.contended_rate * seconds
        return "busy" if contended and is_slow and self.needs_room(coming) else None
