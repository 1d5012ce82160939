"""Searching the log: each engine finds what comparing the rows one by one finds."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tigertally.core.events import Change, Event, EventFilter, EventName, Outcome, names_like
from tigertally.core.sessions import Device, DeviceType
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START

USERS = ["a" * 26, "b" * 26, None]
NAMES = [EventName.SESSION_OPENED, EventName.SESSION_ENDED, EventName.CSRF_REFUSED]
ADDRESSES = ["192.0.2.1", "2001:db8::1", None]
MOMENTS = [START + timedelta(minutes=minute) for minute in range(6)]


def some_event(chance: random.Random) -> Event:
    address = chance.choice(ADDRESSES)
    device = Device(DeviceType.WEB, None, None, address) if chance.random() < 0.8 else None
    return Event(
        name=chance.choice(NAMES),
        at=chance.choice(MOMENTS),
        outcome=chance.choice(list(Outcome)),
        user_id=chance.choice(USERS),
        actor_id=chance.choice(USERS),
        changes=chance.choice([None, {"display_name": Change(None, "虎")}]),
        device=device,
    )


def some_filter(chance: random.Random) -> EventFilter:
    def maybe(choose: Callable[[], Any]) -> Any:
        return choose() if chance.random() < 0.4 else None

    return EventFilter(
        user_id=maybe(lambda: chance.choice(USERS[:2])),
        actor_id=maybe(lambda: chance.choice(USERS[:2])),
        names=maybe(lambda: frozenset(chance.sample(NAMES, chance.randint(1, 3)))),
        outcome=maybe(lambda: chance.choice(list(Outcome))),
        address=maybe(lambda: chance.choice(ADDRESSES[:2])),
        since=maybe(lambda: chance.choice(MOMENTS)),
        until=maybe(lambda: chance.choice(MOMENTS)),
    )


def fits(event: Event, wanted: EventFilter) -> bool:
    """Say the same in plain Python."""
    address = event.device.ip if event.device else None
    return (
        wanted.user_id in {None, event.user_id}
        and wanted.actor_id in {None, event.actor_id}
        and (wanted.names is None or event.name in wanted.names)
        and wanted.outcome in {None, event.outcome}
        and wanted.address in {None, address}
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )


def found(store: SqlStore, wanted: EventFilter, *, limit: int) -> list[Event]:
    """Turn pages until there is no next one."""
    events: list[Event] = []
    before: int | None = None
    while True:
        with store.reading() as tx:
            page = tx.events.search(wanted, before=before, limit=limit)
        assert len(page.events) <= limit
        events += page.events
        if page.next_before is None:
            return events
        before = page.next_before


def test_every_filter_finds_matches_newest_first(store: SqlStore) -> None:
    chance = random.Random(20261127)
    written = [some_event(chance) for _ in range(150)]
    with store.writing() as tx:
        tx.events.append_all(written)
    for _ in range(60):
        wanted, limit = some_filter(chance), chance.choice([1, 7, 1000])
        events = found(store, wanted, limit=limit)
        # Of events of one moment, the one that was written last comes first.
        newest = sorted(enumerate(written), key=lambda one: (one[1].at, one[0]), reverse=True)
        expected = [event for _, event in newest if fits(event, wanted)]
        assert [replace(event, id=None) for event in events] == expected, wanted
        assert len({event.number for event in events}) == len(events)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["account:session:opened"], {EventName.SESSION_OPENED}),
        (["account:lockout:*"], {EventName.LOCKOUT_BEGAN, EventName.LOCKOUT_REFUSED}),
        (
            ["system:*", "cli:lockout:ended"],
            {
                EventName.SYSTEM_LOCKOUT_ENDED,
                EventName.SYSTEM_USER_PURGED,
                EventName.CLI_LOCKOUT_ENDED,
            },
        ),
        (["*"], set(EventName)),
    ],
)
def test_a_pattern_stands_for_names(patterns: list[str], expected: set[EventName]) -> None:
    assert names_like(patterns) == expected


@pytest.mark.parametrize("pattern", ["", "session:opened", "account:*:opened", "nobody:*", "**"])
def test_a_pattern_without_matches_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="no event"):
        names_like(["*", pattern])


def test_a_page_behind_a_purged_event_is_empty(store: SqlStore) -> None:
    """It was the oldest that was left."""
    with store.writing() as tx:
        tx.events.append_all(some_event(random.Random(5)) for _ in range(3))
    with store.reading() as tx:
        first = tx.events.search(EventFilter(), before=None, limit=1)
    with store.writing() as tx:
        tx.events.purge(START + timedelta(days=1), 10)
    with store.reading() as tx:
        assert not tx.events.search(EventFilter(), before=first.next_before, limit=1).events
