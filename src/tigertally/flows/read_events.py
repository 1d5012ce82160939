"""Read the history of everybody, for an operator."""

from collections.abc import Iterator
from dataclasses import dataclass

from tigertally.core.events import Event, EventFilter
from tigertally.core.ports.events import EventPage
from tigertally.errors import NotFound
from tigertally.flows.context import Context
from tigertally.flows.steps.find_user import find_user

PAGE = 1000
"""Events read at once."""


@dataclass(frozen=True, slots=True)
class ReadEvents:
    """Reads the audit log."""

    context: Context

    def user_id(self, name: str) -> str:
        """Return the id of the account with this user name, verified address or id.

        The history of a deleted account is found by its id. Raises NotFound.
        """
        with self.context.store.reading() as tx:
            found = find_user(tx, name)
        if found is None:
            raise NotFound("no such user")
        return found.id

    def page(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventPage:
        """Return events that fit a filter, newest first."""
        with self.context.store.reading() as tx:
            return tx.events.search(wanted, before=before, limit=limit)

    def each(self, wanted: EventFilter) -> Iterator[Event]:
        """Yield all events that fit a filter, newest first. Holds one page of them at a time."""
        before: int | None = None
        while True:
            page = self.page(wanted, before=before, limit=PAGE)
            yield from page.events
            if page.next_before is None:
                return
            before = page.next_before
