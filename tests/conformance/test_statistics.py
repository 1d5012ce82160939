"""Figures of the overview: each engine counts each event and each end exactly once."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as listening
from sqlalchemy import text, update
from tests.databases import stores_over

from tigertally.core.events import Event, EventName, Outcome
from tigertally.core.sessions import Device, DeviceType, Ending, EndReason, Session, SessionTimes
from tigertally.core.sessions import open_session as opened
from tigertally.core.statistics import SETTLED_AFTER, Counted, Figures, day_of
from tigertally.errors import StoreUnavailable
from tigertally.storage.sql.schema import downgrade_schema, upgrade_schema
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import feed_head
from tigertally.testing import MovableClock
from tigertally.testing.samples import START, sample_user

UTC_DAYS = timedelta()
NOW = START + timedelta(days=3)
TIMES = SessionTimes(idle_ttl=timedelta(days=7), absolute_ttl=timedelta(days=30))


def some_events() -> list[Event]:
    phone = Device(DeviceType.APP, None, None, "192.0.2.1")
    sign_ins = [
        Event(
            name=EventName.SESSION_OPENED,
            at=START + timedelta(hours=number),
            reason="password" if number % 3 else "code",
            device=phone if number % 2 else Device(),
        )
        for number in range(60)
    ]
    refused = [
        Event(
            name=EventName.SESSION_REFUSED,
            at=NOW - timedelta(hours=number),
            outcome=Outcome.FAILURE,
            reason="invalid_credentials",
            device=phone,
        )
        for number in range(1, 13)
    ]
    others = [EventName.USER_REGISTERED, EventName.REFRESH_REUSED, EventName.PASSWORD_CHANGED]
    return [*sign_ins, *refused, *(Event(name=name, at=START) for name in others)]


def count_all(store: SqlStore, now: datetime = NOW, *, limit: int = 7) -> None:
    with store.reading() as tx:
        behind = tx.statistics.is_behind(now)
    while behind:
        with store.writing() as tx:
            behind = tx.statistics.count(now, limit)


def shown(store: SqlStore, offset: timedelta = UTC_DAYS) -> Figures:
    with store.reading() as tx:
        since = day_of(START - timedelta(days=1), offset)
        return tx.statistics.figures(NOW, since=since, offset=offset)


def by_kind(figures: Figures) -> Counter[tuple[Counted, str]]:
    sums: Counter[tuple[Counted, str]] = Counter()
    for total in figures.totals:
        sums[total.counted, total.detail] += total.count
    return sums


def a_session(store: SqlStore, number: int) -> Session:
    session = opened(
        session_id=f"{number:026}".translate(str.maketrans("0189", "abcd")),
        user_id="a" * 26,
        device=Device(),
        nonce_hash=None,
        times=TIMES,
        now=START,
        way="password",
    )
    with store.writing() as tx:
        tx.sessions.add(session)
    return session


def test_events_are_counted_once_by_day_and_detail(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.events.append_all(some_events())
    for _ in range(3):
        count_all(store)
    figures = shown(store)
    assert by_kind(figures) == {
        (Counted.SIGNED_IN, "password"): 40,
        (Counted.SIGNED_IN, "code"): 20,
        (Counted.DEVICE_TYPE, "app"): 30,
        (Counted.DEVICE_TYPE, "web"): 30,
        (Counted.REFUSED, "invalid_credentials"): 12,
        (Counted.NEW_USER, ""): 1,
        (Counted.REUSED, ""): 1,
    }
    assert figures.addresses == {"192.0.2.1": 12}


def test_days_begin_at_midnight_of_the_offset(store: SqlStore) -> None:
    events = some_events()
    with store.writing() as tx:
        tx.events.append_all(events)
    count_all(store)
    for offset in (timedelta(), timedelta(hours=8), timedelta(hours=-11)):
        expected: Counter[object] = Counter()
        for event in events:
            if event.name is EventName.SESSION_OPENED:
                expected[day_of(event.at, offset)] += 1
        found: Counter[object] = Counter()
        for total in shown(store, offset).totals:
            if total.counted is Counted.SIGNED_IN:
                found[total.day] += total.count
        assert found == expected, offset


def test_ends_of_sessions_are_counted_by_reason_and_by_deadline(store: SqlStore) -> None:
    ended, idle = a_session(store, 1), a_session(store, 2)
    count_all(store, START)
    with store.writing() as tx:
        tx.sessions.end(ended.id, Ending(EndReason.KICKED, NOW, None), NOW)
    count_all(store, NOW)
    assert by_kind(shown(store)) == {(Counted.ENDED, "kicked"): 1}
    assert shown(store).present.online == 1
    later = idle.idle_expires_at + timedelta(hours=2)
    for _ in range(2):
        count_all(store, later)
    with store.reading() as tx:
        figures = tx.statistics.figures(later, since=START, offset=UTC_DAYS)
    assert by_kind(figures) == {(Counted.ENDED, "kicked"): 1, (Counted.ENDED, "idle"): 1}
    assert figures.present.online == 0
    assert 0 in figures.online.values()


def test_two_processes_never_count_an_event_twice(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    with stores_over(database_url, tmp_path, clock) as open_store:
        stores = [open_store() for _ in range(3)]
        with stores[0].writing() as tx:
            tx.events.append_all(some_events())
        threads = [threading.Thread(target=count_all, args=(one,)) for one in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count_all(stores[0])
        assert by_kind(shown(stores[0]))[Counted.SIGNED_IN, "password"] == 40


def test_an_event_that_is_committed_late_is_counted_too(store: SqlStore) -> None:
    """A server gives numbers before it commits, so a smaller number may appear later."""
    if not store.dialect.networked:
        return
    opened_at = NOW - timedelta(seconds=1)
    with store.writing() as slow:
        slow.events.append(Event(name=EventName.SESSION_OPENED, at=opened_at, reason="code"))
        with store.writing() as fast:
            fast.events.append(
                Event(name=EventName.SESSION_OPENED, at=opened_at, reason="password")
            )
        count_all(store)
    count_all(store)
    assert not by_kind(shown(store))
    count_all(store, NOW + SETTLED_AFTER)
    assert set(by_kind(shown(store))) >= {
        (Counted.SIGNED_IN, "code"),
        (Counted.SIGNED_IN, "password"),
    }


def test_figures_take_three_statements(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.events.append_all(some_events())
        tx.users.add(sample_user("Lina"))
    count_all(store)
    statements: list[str] = []

    @listening.listens_for(store.engine, "before_cursor_execute")
    def note(*args: object) -> None:
        statements.append(str(args[2]))

    assert shown(store).present.users == 1
    assert len(statements) == 3, statements
    assert not [one for one in statements if "tally_events" in one]


def test_more_than_is_counted_at_once_is_told_as_of_the_hour(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        a_session(store, number)
    count_all(store)
    monkeypatch.setattr("tigertally.storage.sql.statistics.COUNTED_EXACTLY", 2)
    a_session(store, 5)
    assert shown(store).present.online == 4


def test_old_figures_are_deleted(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.events.append_all(some_events())
    count_all(store)
    with store.writing() as tx:
        tx.statistics.purge(NOW + timedelta(days=2, hours=1))
    assert shown(store).addresses == {}
    assert by_kind(shown(store))[Counted.SIGNED_IN, "password"] == 40
    with store.writing() as tx:
        tx.statistics.purge(NOW + timedelta(days=101))
    assert not shown(store).totals


def test_every_figure_is_a_whole_number(store: SqlStore) -> None:
    """Servers sum whole numbers to decimals, which JSON does not know."""
    with store.writing() as tx:
        tx.events.append_all(some_events())
    a_session(store, 1)
    count_all(store)
    figures = shown(store)
    counts = [*figures.online.values(), *figures.addresses.values()]
    counts += [total.count for total in figures.totals]
    counts += [figures.present.users, figures.present.online, figures.present.locked]
    assert {type(count) for count in counts} == {int}


def test_an_event_of_a_clock_that_was_ahead_holds_up_nothing(store: SqlStore) -> None:
    opened_at = [NOW + timedelta(days=400), NOW - timedelta(hours=1)]
    with store.writing() as tx:
        tx.events.append_all(
            Event(name=EventName.SESSION_OPENED, at=at, reason="password") for at in opened_at
        )
    count_all(store)
    with store.reading() as tx:
        assert not tx.statistics.is_behind(NOW)
    assert by_kind(shown(store))[Counted.SIGNED_IN, "password"] == 2


def test_events_are_counted_although_sessions_cannot_be(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.events.append_all(some_events())
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE tally_sessions RENAME TO elsewhere"))
    with pytest.raises(StoreUnavailable):
        count_all(store)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO tally_sessions"))
    assert by_kind(shown(store))[Counted.SIGNED_IN, "password"] == 40


def test_nothing_is_behind_after_an_upgrade_without_a_feed(store: SqlStore) -> None:
    """Or each process would write every two seconds until somebody signs out."""
    downgrade_schema(store.engine, store.dialect, "0015")
    with store.engine.begin() as connection:
        connection.execute(update(feed_head).values(position=5))
    upgrade_schema(store.engine, store.dialect)
    count_all(store)
    with store.reading() as tx:
        assert not tx.statistics.is_behind(NOW)
