"""The audit log in SQL. Rows are added, deleted when old, and never changed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from tigertally.core.events import Change, Event, EventFilter, EventName, Outcome
from tigertally.core.ports.events import EventPage
from tigertally.core.sessions import Device, DeviceType
from tigertally.storage.sql.compiled import ADD_EVENT
from tigertally.storage.sql.driver import DriverCursor
from tigertally.storage.sql.tables import event_folds, events


class SqlEvents:
    """Implements :class:`tigertally.core.ports.events.Events` within one transaction."""

    def __init__(self, connection: Connection, cursor: DriverCursor) -> None:
        self._connection = connection
        self._cursor = cursor

    def append(self, event: Event) -> None:
        """Write one event."""
        self.append_all([event])

    def append_all(self, events_: Iterable[Event]) -> None:
        """Write many events, in one statement."""
        self._cursor.add(ADD_EVENT, [_row(event) for event in events_])

    def append_folded(self, event: Event, fold: str, until: datetime) -> bool:
        """Write an event, unless another one of its fold still stands for it."""
        if not self._open_fold(fold, event.at, until):
            return False
        self.append(event)
        return True

    def _open_fold(self, fold: str, now: datetime, until: datetime) -> bool:
        standing = self._connection.scalar(
            select(event_folds.c.until).where(event_folds.c.fold == fold)
        )
        if standing is not None:
            over = (event_folds.c.fold == fold, event_folds.c.until <= now)
            again = update(event_folds).where(*over).values(until=until)
            return standing <= now and self._connection.execute(again).rowcount > 0
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(event_folds).values(fold=fold, until=until))
        except IntegrityError:
            # Another process wrote the first one.
            return False
        return True

    def page(self, user_id: str, *, before: int | None, limit: int) -> EventPage:
        """Return a user's events, newest first."""
        return self.search(EventFilter(user_id=user_id), before=before, limit=limit)

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventPage:
        """Return the events of everybody that fit a filter, newest first."""
        query = select(events).where(*_conditions(wanted))
        here = (events.c.at, events.c.id)
        if before is not None:
            # Without that row, which was purged meanwhile with all that is older, nothing fits.
            at = select(events.c.at).where(events.c.id == before).scalar_subquery()
            # The first condition is the one that leads into the index.
            query = query.where(events.c.at <= at, tuple_(*here) < tuple_(at, literal(before)))
        # One more than asked for: it tells whether there is a next page.
        newest = query.order_by(*(column.desc() for column in here)).limit(limit + 1)
        rows = self._connection.execute(newest).mappings().all()
        shown = [_event(row) for row in rows[:limit]]
        return EventPage(shown, shown[-1].id if len(rows) > limit else None)

    def purge(self, before: datetime, limit: int) -> int:
        """Delete events older than that."""
        old = select(events.c.id).where(events.c.at < before).limit(limit)
        ids = self._connection.scalars(old).all()
        self._connection.execute(delete(events).where(events.c.id.in_(ids)))
        return len(ids)

    def purge_folds(self, now: datetime) -> None:
        """Delete expired folds."""
        self._connection.execute(delete(event_folds).where(event_folds.c.until <= now))


def _conditions(wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.user_id is not None:
        yield events.c.user_id == wanted.user_id
    if wanted.actor_id is not None:
        yield events.c.actor_id == wanted.actor_id
    if wanted.names is not None:
        yield events.c.name.in_(sorted(wanted.names))
    if wanted.outcome is not None:
        yield events.c.outcome == wanted.outcome.value
    if wanted.address is not None:
        yield events.c.ip == wanted.address
    if wanted.since is not None:
        yield events.c.at >= wanted.since
    if wanted.until is not None:
        yield events.c.at < wanted.until


def _row(event: Event) -> dict[str, object]:
    device = event.device
    return {
        "at": event.at,
        "name": event.name.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "user_id": event.user_id,
        "session_id": event.session_id,
        "device_type": device.type.value if device else None,
        "device_name": device.name if device else None,
        "user_agent": device.user_agent if device else None,
        "ip": device.ip if device else None,
        "actor_id": event.actor_id,
        "changes": _text_of(event.changes),
    }


def _text_of(changes: Mapping[str, Change] | None) -> str | None:
    if changes is None:
        return None
    found = {name: [one.before, one.after] for name, one in changes.items()}
    return json.dumps(found, ensure_ascii=False)


def _changes_of(text: str | None) -> Mapping[str, Change] | None:
    if text is None:
        return None
    return {name: Change(*pair) for name, pair in json.loads(text).items()}


def _event(row: RowMapping) -> Event:
    columns = dict(row)
    device_type = columns.pop("device_type")
    name, user_agent, ip = (columns.pop(key) for key in ("device_name", "user_agent", "ip"))
    return Event(
        name=EventName(columns.pop("name")),
        outcome=Outcome(columns.pop("outcome")),
        changes=_changes_of(columns.pop("changes")),
        device=Device(DeviceType(device_type), name, user_agent, ip) if device_type else None,
        **columns,
    )
