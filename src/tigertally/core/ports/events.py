"""The history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tigertally.core.events import Event, EventFilter


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and the id to go on before, if there are more."""

    events: Sequence[Event]
    next_before: int | None


class Events(Protocol):
    """The audit log. Entries are never changed."""

    def append(self, event: Event) -> None:
        """Write one event."""
        ...

    def append_all(self, events: Iterable[Event]) -> None:
        """Write many events."""
        ...

    def append_folded(self, event: Event, fold: str, until: datetime) -> bool:
        """Write an event, unless one of the same fold was written that still stands for it.

        It stands until then for all that come after it. Tells whether it was written.
        """
        ...

    def page(self, user_id: str, *, before: int | None, limit: int) -> EventPage:
        """Return a user's events, newest first."""
        ...

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventPage:
        """Return the events of everybody that fit a filter, newest first."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete events older than that; return how many."""
        ...

    def purge_folds(self, now: datetime) -> None:
        """Delete expired folds."""
        ...
