"""Read the history of everybody, for an operator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tigertally.core.events import Event, EventFilter
from tigertally.core.ports.events import EventPage
from tigertally.core.ports.store import Transaction
from tigertally.core.users import User
from tigertally.errors import NotFound
from tigertally.flows.context import Actor, Context, live_session
from tigertally.flows.read_directory import id_of
from tigertally.flows.steps.find_user import find_user

PAGE = 1000
"""Events read at once."""


NOTHING: Final = EventPage((), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsAsked:
    """Which events an administrator asked for, with users as they were typed."""

    rest: EventFilter
    user: str | None = None
    actor: str | None = None

    def wanted(self, tx: Transaction) -> EventFilter | None:
        """Return the filter; ``None`` if a user is unknown, so that nothing can fit."""
        ids: dict[str, Any] = {}
        for member, typed in (("user_id", self.user), ("actor_id", self.actor)):
            if typed is not None:
                found = id_of(tx, typed)
                if found is None:
                    return None
                ids[member] = found
        return replace(self.rest, **ids)


@dataclass(frozen=True, slots=True)
class ShownEvents:
    """A page of events, and the accounts in it by their ids."""

    page: EventPage
    people: Mapping[str, User]


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

    def shown(
        self, actor: Actor, asked: EventsAsked, *, before: int | None, limit: int
    ) -> ShownEvents:
        """Return a page of events with the people in them. Raises SessionEnded."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            wanted = asked.wanted(tx)
            page = tx.events.search(wanted, before=before, limit=limit) if wanted else NOTHING
            ids = {one for event in page.events for one in (event.user_id, event.actor_id) if one}
            return ShownEvents(page, tx.directory.people(ids))

    def each_for(self, actor: Actor, asked: EventsAsked) -> Iterator[Event]:
        """Return all events that fit, one page of them at a time. Raises SessionEnded.

        Each page is read only while the actor is signed in: whoever is thrown out gets no more.
        """
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            wanted = asked.wanted(tx)
        return iter(()) if wanted is None else self._each(wanted, actor)

    def page(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventPage:
        """Return events that fit a filter, newest first."""
        with self.context.store.reading() as tx:
            return tx.events.search(wanted, before=before, limit=limit)

    def each(self, wanted: EventFilter) -> Iterator[Event]:
        """Yield all events that fit a filter, newest first. Holds one page of them at a time."""
        return self._each(wanted, None)

    def _each(self, wanted: EventFilter, actor: Actor | None) -> Iterator[Event]:
        before: int | None = None
        while True:
            with self.context.store.reading() as tx:
                if actor is not None:
                    live_session(tx, actor, self.context.clock.now())
                page = tx.events.search(wanted, before=before, limit=PAGE)
            yield from page.events
            if page.next_before is None:
                return
            before = page.next_before
