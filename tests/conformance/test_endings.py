"""An end is told once, the first one stays, and sightings never bring anything back."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from tests.conformance.rows import feed_of, keep, rotate, together

from tigertally.core.identifiers import new_id
from tigertally.core.presence import Sighting
from tigertally.core.refresh import Presented
from tigertally.core.sessions import Device, DeviceType, Ending, EndReason, Session
from tigertally.core.users import User
from tigertally.errors import VerifierUnavailable
from tigertally.storage.sql.feed import read_feed
from tigertally.storage.sql.outbox import FORGET_MARGIN
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.samples import START, sample_session, sample_user

KICKED = Ending(EndReason.KICKED, START, Device(name="a phone", ip="198.51.100.7"))


@pytest.fixture
def clock() -> MovableClock:
    """A clock that begins with the samples."""
    return MovableClock(START)


def test_a_session_ends_once_and_the_first_reason_stays(store: SqlStore, lina: User) -> None:
    row = keep(store, sample_session(user_id=lina.id))
    with store.writing() as tx:
        assert tx.sessions.end(row.id, KICKED, START) == replace(row, ending=KICKED)
        assert tx.sessions.end(row.id, replace(KICKED, reason=EndReason.DISABLED), START) is None
    with store.writing() as tx:
        assert tx.sessions.end(row.id, KICKED, START) is None
        assert tx.sessions.end_all(lina.id, KICKED, START) == []
    assert store.session(row.id) == replace(row, ending=KICKED)
    assert feed_of(store) == [row.id]
    with store.connection(writing=False) as connection:
        told = "select count(*), max(position) from tally_revocations"
        assert connection.exec_driver_sql(told).one() == (1, 1)


def test_one_of_ten_simultaneous_ends_takes_effect(store: SqlStore, lina: User) -> None:
    row = keep(store, sample_session(user_id=lina.id))
    start, ended = Barrier(10), list[Session | None]()

    def end() -> None:
        start.wait()
        with store.writing() as tx:
            ended.append(tx.sessions.end(row.id, KICKED, START))

    together([end] * 10)
    assert sum(one is not None for one in ended) == 1
    assert feed_of(store) == [row.id]


@pytest.mark.parametrize("deadline", ["idle_expires_at", "absolute_expires_at"])
def test_an_expired_session_cannot_be_ended_again(
    store: SqlStore, lina: User, deadline: str
) -> None:
    """At that very instant; a microsecond before, it still has."""
    row = sample_session(user_id=lina.id)
    at = {"idle_expires_at": row.idle_expires_at, "absolute_expires_at": row.absolute_expires_at}
    row = replace(row, idle_expires_at=at[deadline])
    keep(store, row)
    now = min(row.idle_expires_at, row.absolute_expires_at)
    with store.writing() as tx:
        assert tx.sessions.end(row.id, KICKED, now) is None
        assert tx.sessions.live(lina.id, now) == []
        assert tx.sessions.live(lina.id, now - timedelta(microseconds=1)) == [row]
        assert tx.sessions.end(row.id, KICKED, now - timedelta(microseconds=1)) is not None


def test_ending_all_spares_the_current_session_and_other_users(store: SqlStore, lina: User) -> None:
    bo = sample_user("bo")
    with store.writing() as tx:
        tx.users.add(bo)
    mine = [keep(store, sample_session(user_id=lina.id)) for _ in range(3)]
    theirs = keep(store, sample_session(user_id=bo.id))
    with store.writing() as tx:
        ended = tx.sessions.end_all(lina.id, KICKED, START, but=mine[1].id)
    assert {one.id for one in ended} == {mine[0].id, mine[2].id}
    assert sorted(map(str, feed_of(store))) == sorted([mine[0].id, mine[2].id])
    for spared in (mine[1], theirs):
        assert store.session(spared.id) == spared


def test_the_feed_keeps_a_reason_until_every_access_token_expired(
    store: SqlStore, lina: User, clock: MovableClock
) -> None:
    row = keep(store, sample_session(user_id=lina.id))
    feed = store.feed()
    feed.catch_up()
    with store.writing() as tx:
        tx.sessions.end(row.id, KICKED, START)
    feed.catch_up()
    assert feed.revocations.reason(row.id) is EndReason.KICKED
    remembered = timedelta(minutes=15) + FORGET_MARGIN
    clock.move(seconds=remembered.total_seconds() - 1)
    with store.writing() as tx:
        assert tx.sessions.forget_revocations(clock.now()) == 0
    assert feed_of(store, clock.now()) == [row.id]
    clock.move(seconds=1)
    with store.writing() as tx:
        assert tx.sessions.forget_revocations(clock.now()) == 1
    assert feed_of(store, clock.now()) == []


def test_a_sighting_confirms_its_own_generation_and_no_other(store: SqlStore, lina: User) -> None:
    """A slow note of the generation before must not spend the new one's parent."""
    row = keep(store, sample_session(user_id=lina.id))
    rotate(store, Presented(row.id, 0, None), None)
    for generation, confirmed in ((0, False), (2, False), (1, True)):
        with store.writing() as tx:
            tx.sessions.confirm([Sighting(row.id, generation, START.timestamp())])
        found = store.session(row.id)
        assert found is not None
        assert found.confirmed is confirmed


def test_a_sighting_never_moves_last_seen_back(store: SqlStore, lina: User) -> None:
    row = keep(store, sample_session(user_id=lina.id))
    for second, seen in ((60, 60), (30, 60), (90, 90)):
        with store.writing() as tx:
            at = START.timestamp() + second
            tx.sessions.confirm([Sighting(row.id, 0, at), Sighting(new_id(), 0, at)])
        found = store.session(row.id)
        assert found is not None
        assert found.last_seen_at == START + timedelta(seconds=seen)


def test_live_sessions_are_listed_by_last_use(store: SqlStore, lina: User) -> None:
    used = [
        keep(
            store,
            replace(sample_session(user_id=lina.id), last_seen_at=START + timedelta(minutes=n)),
        )
        for n in (1, 3, 2)
    ]
    with store.reading() as tx:
        assert [used.index(one) for one in tx.sessions.live(lina.id, START)] == [1, 2, 0]


def test_a_row_is_read_as_it_was_written(store: SqlStore, lina: User) -> None:
    """To the microsecond, with everything that a device may say."""
    numbers = count()
    for device_type in DeviceType:
        device = Device(device_type, "虎" * 64, "x" * 400, "2001:db8::" + "f" * 30)
        at = START + timedelta(microseconds=next(numbers))
        row = replace(sample_session(user_id=lina.id, nonce="n", now=at), device=device)
        assert keep(store, row) == store.session(row.id)


def test_a_proof_reaches_every_verifier_and_ends_nothing(
    store: SqlStore, lina: User, clock: MovableClock
) -> None:
    """The row and the feed say the same; a verifier that starts later hears it too."""
    row = sample_session(user_id=lina.id)
    with store.writing() as tx:
        tx.sessions.add(row)
    feed = store.feed()
    feed.catch_up()
    for proof in (1, 2):
        with store.writing() as tx:
            proven = tx.sessions.prove(row.id, clock.now())
        assert proven == replace(row, proof=proof, auth_time=clock.now())
        feed.catch_up()
        assert feed.revocations.known(row.id) == proof
        with store.engine.connect() as connection:
            _, entries = read_feed(connection, 0, clock.now())
        assert [entry.proof for entry in entries] == list(range(1, proof + 1))
    with store.writing() as tx:
        assert tx.sessions.live(lina.id, START) == [proven]
        tx.sessions.end(row.id, KICKED, START)
    feed.catch_up()
    assert feed.revocations.known(row.id) is EndReason.KICKED


@pytest.mark.parametrize("column", ["kind", "reason"])
def test_a_word_of_a_newer_version_in_the_feed_lets_nobody_in(
    store: SqlStore, lina: User, column: str
) -> None:
    """While machines are upgraded one by one, an older one says what it does not understand."""
    row = keep(store, sample_session(user_id=lina.id))
    feed = store.feed()
    feed.catch_up()
    with store.writing() as tx:
        tx.sessions.end(row.id, KICKED, START)
    with store.connection(writing=True) as connection:
        connection.exec_driver_sql(f"update tally_revocations set {column} = 'z'")
    with pytest.raises(VerifierUnavailable, match="newer version"):
        feed.catch_up()
