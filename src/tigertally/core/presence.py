"""Last-seen times: collected on the request path, written later in one batch.

The same note confirms a generation: once a token of it was seen in use, its parent is spent. Losing
a batch in a crash is harmless: an unconfirmed parent is merely allowed to ask again for longer.
"""

import threading
from dataclasses import dataclass
from typing import Final

NOTE_EVERY: Final = 60.0
"""Seconds between two notes of the same session."""

_REMEMBERED_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """A verified access token of ``generation`` was presented at ``seen_at`` (Unix seconds)."""

    session_id: str
    generation: int
    seen_at: float


@dataclass(frozen=True, slots=True)
class ServiceSighting:
    """Another service asked for news at ``seen_at`` (Unix seconds)."""

    service_id: str
    seen_at: float


class Presence:
    """Takes notes without ever waiting; a background thread drains them into the store."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[int, float]] = {}
        self._pending: dict[str, Sighting] = {}
        self._services: dict[str, float] = {}
        self._services_pending: dict[str, ServiceSighting] = {}
        self._lock = threading.Lock()

    def note(self, session_id: str, generation: int, now: float) -> None:
        """Note that a session was used, unless that was noted a moment ago."""
        noted = self._noted.get(session_id)
        if noted is not None and noted[0] >= generation and now - noted[1] < NOTE_EVERY:
            return
        with self._lock:
            if len(self._noted) >= _REMEMBERED_MAX:
                self._noted.clear()
            self._noted[session_id] = (generation, now)
            known = self._pending.get(session_id)
            if known is None or known.generation <= generation:
                self._pending[session_id] = Sighting(session_id, generation, now)

    def note_service(self, service_id: str, now: float) -> None:
        """Note that a service asked, unless that was noted a moment ago."""
        if now - self._services.get(service_id, -NOTE_EVERY) < NOTE_EVERY:
            return
        with self._lock:
            self._services[service_id] = now
            self._services_pending[service_id] = ServiceSighting(service_id, now)

    def after_fork(self) -> None:
        """Go on in a forked child: the notes so far are the parent's to write."""
        self._lock = threading.Lock()
        self._pending = {}
        self._services_pending = {}

    def drain(self) -> tuple[Sighting, ...]:
        """Return the notes since the last call, and forget them."""
        with self._lock:
            pending, self._pending = self._pending, {}
        return tuple(pending.values())

    def drain_services(self) -> tuple[ServiceSighting, ...]:
        """Return the notes about services since the last call, and forget them."""
        with self._lock:
            pending, self._services_pending = self._services_pending, {}
        return tuple(pending.values())
