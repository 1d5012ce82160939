"""All or nothing; what is old is let go in batches; who reads holds nobody up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.rows import feed_of, keep

from tigertally.core.events import Event, EventName
from tigertally.core.keys import Algorithm, KeyState, generate_key
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device, Ending, EndReason
from tigertally.core.users import User
from tigertally.errors import StoreUnavailable
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import MASTER, START, TIMES, sample_session, sample_user

KICKED = Ending(EndReason.KICKED, START, Device(name="a phone", ip="198.51.100.7"))


def test_a_rollback_leaves_nothing_and_rings_for_nothing(store: SqlStore, lina: User) -> None:
    """The end of a session, its cause and its entry in the feed: all, or nothing."""
    row = keep(store, sample_session(user_id=lina.id))

    class OutOfLuckError(Exception):
        pass

    def everything(tx: Transaction) -> None:
        tx.sessions.add(sample_session(user_id=lina.id))
        tx.sessions.end(row.id, KICKED, START)
        tx.users.add(sample_user("bo"))
        tx.users.set_password_hash(lina.id, "new", expected=None)
        tx.events.append(Event(name=EventName.SESSION_KICKED, at=START, user_id=lina.id))
        tx.keys.announce(START)
        tx.keys.remove(tx.keys.all()[0].kid)
        raise OutOfLuckError

    with store.writing() as tx:
        tx.keys.put(generate_key(Algorithm.HS256, master=MASTER, state=KeyState.NEXT, now=START))
        keys = tx.keys.all()
    before = feed_of(store)
    with pytest.raises(OutOfLuckError), store.writing() as tx:
        everything(tx)
    with store.reading() as tx:
        assert tx.sessions.live(lina.id, START) == [row]
        assert tx.users.find("bo") is None
        assert tx.users.get(lina.id) == lina
        assert tx.events.page(lina.id, before=None, limit=10).events == []
        assert [key.kid for key in tx.keys.all()] == [key.kid for key in keys]
    assert feed_of(store) == before


def test_events_come_newest_first_page_by_page_and_only_ones_own(store: SqlStore) -> None:
    with store.writing() as tx:
        for number in range(7):
            for user_id in ("lina", "bo"):
                at = START + timedelta(minutes=number)
                event = Event(name=EventName.SESSION_OPENED, at=at, user_id=user_id)
                tx.events.append(replace(event, device=Device(name=f"device {number}")))
    seen: list[str | None] = []
    before: int | None = None
    with store.reading() as tx:
        while True:
            page = tx.events.page("lina", before=before, limit=3)
            seen += [event.device.name if event.device else None for event in page.events]
            assert {event.user_id for event in page.events} == {"lina"}
            before = page.next_before
            if before is None:
                break
    assert seen == [f"device {number}" for number in range(6, -1, -1)]


def test_old_events_and_sessions_are_deleted_in_batches(store: SqlStore, lina: User) -> None:
    """Whatever is as old as the limit stays; only what is older goes."""
    for days in range(5):
        then = START + timedelta(days=days)
        keep(store, sample_session(user_id=lina.id, now=then))
        with store.writing() as tx:
            tx.events.append(Event(name=EventName.SESSION_OPENED, at=then, user_id=lina.id))
    limit = START + timedelta(days=3)
    with store.writing() as tx:
        assert tx.events.purge(limit, 2) == 2
        assert tx.events.purge(limit, 2) == 1
        assert tx.events.purge(limit, 2) == 0
        assert len(tx.events.page(lina.id, before=None, limit=10).events) == 2
        deadline = limit + TIMES.absolute_ttl
        assert [tx.sessions.purge(deadline, 2) for _ in range(3)] == [2, 1, 0]
        assert len(tx.sessions.live(lina.id, START)) == 2


def test_readers_never_block_writers(store: SqlStore, lina: User) -> None:
    with store.reading() as reading:
        assert reading.users.find("lina") == lina
        with store.writing() as tx:
            tx.users.add(sample_user("bo"))
        assert reading.users.find("lina") == lina


def test_a_broken_database_is_unavailable_and_its_message_stays_inside(store: SqlStore) -> None:
    """The library's own error would show the statement, and with it names and hashes."""
    with pytest.raises(StoreUnavailable) as raised, store.connection(writing=True) as connection:
        connection.exec_driver_sql("insert into no_such_table values ('hunter2')")
    assert "hunter2" not in str(raised.value)
