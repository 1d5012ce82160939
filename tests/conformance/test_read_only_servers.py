"""A server that answers but takes no writes: what it says is no evidence, and nothing stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.databases import empty_database, stores_over
from tests.servers.postgres import Postgres
from tests.servers.server import Database, until

from tigertally.errors import StoreUnavailable, VerifierUnavailable
from tigertally.storage.sql.dialects import ReadOnlyServer, open_engine
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.watcher import open_watcher
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import journeys, register, sign_in, sign_out


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A server, which takes writes again afterwards."""
    found: Database = request.getfixturevalue(request.param)
    yield found
    found.set_read_only(on=False)


@pytest.fixture
def address(server: Database, tmp_path: Path) -> str:
    """A new database on it, as a service would open it."""
    return server.service_url(empty_database(server, tmp_path).rpartition("/")[2])


@pytest.fixture
def store(address: str, tmp_path: Path, clock: MovableClock) -> Iterator[SqlStore]:
    """A store over it, with connections that lie idle."""
    with stores_over(address, tmp_path, clock) as open_store:
        yield open_store()


def test_a_read_only_server_is_not_believed(
    server: Database, address: str, store: SqlStore, clock: MovableClock
) -> None:
    """Neither the head of the feed, nor a session's row, nor that writes work."""
    context = journeys(store, clock)
    register(context)
    tally = sign_in(context)
    feed = SqlFeed(store.engine, store.bell, clock, max_silence=0.0)
    feed.catch_up()
    watcher = open_watcher(address, patience=1, waiter=None)
    watcher.head()
    server.set_read_only(on=True)
    with pytest.raises(StoreUnavailable):
        watcher.head()
    with pytest.raises(VerifierUnavailable):
        feed.catch_up()
    with pytest.raises(StoreUnavailable):
        store.session(tally.session.id)
    with pytest.raises(StoreUnavailable):
        store.try_writing()
    with pytest.raises(StoreUnavailable):
        sign_out(context, tally)
    watcher.close()


def test_a_server_is_believed_again_once_it_takes_writes(
    server: Database, store: SqlStore, clock: MovableClock
) -> None:
    """Connections that were made meanwhile, or lay idle, are not in the way."""
    context = journeys(store, clock)
    register(context)
    tally = sign_in(context)
    server.set_read_only(on=True)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.try_writing()
    server.set_read_only(on=False)
    store.try_writing()
    sign_out(context, tally)
    found = store.session(tally.session.id)
    assert found is not None
    assert found.ending is not None


def test_a_writer_on_a_read_only_server_fails_and_drops_its_connection(
    server: Database, store: SqlStore, clock: MovableClock
) -> None:
    """The server's own refusal counts as a connection lost: the next goes to the name again."""

    def write() -> None:
        with store.writing() as tx:
            server.set_read_only(on=True)
            tx.keys.announce(clock.now())

    thrown_away: list[object] = []
    event.listen(store.engine, "invalidate", lambda *given: thrown_away.append(given[0]))
    with pytest.raises(StoreUnavailable):
        write()
    assert len(thrown_away) == 1


def test_a_server_that_is_read_only_is_refused_at_the_start(server: Database, address: str) -> None:
    """With the reason, not with that of the first statement that failed."""
    server.set_read_only(on=True)
    engine, _ = open_engine(address)
    with pytest.raises(ReadOnlyServer, match="takes no writes"):
        engine.connect()
    engine.dispose()


def test_another_server_behind_the_name_makes_readers_read_everything_again(
    postgres: Postgres, tmp_path: Path, clock: MovableClock
) -> None:
    """Also where the last entry is the same: those before it may be others."""
    with stores_over(empty_database(postgres, tmp_path), tmp_path, clock) as open_store:
        store = open_store()
        context = journeys(store, clock)
        register(context)
        sign_out(context, sign_in(context))
        feed = SqlFeed(store.engine, store.bell, clock, max_silence=0.0)
        feed.catch_up()
        known = feed.revocations.keys_version
        feed.catch_up()
        assert feed.revocations.keys_version == known
        postgres.restart()
        until(lambda: _again(feed))
        assert feed.revocations.keys_version > known


def _again(feed: SqlFeed) -> bool:
    """Ask once more; the connections of before the restart are lost."""
    try:
        feed.catch_up()
    except VerifierUnavailable:
        return False
    return True


@pytest.mark.parametrize("spelling", ["tally@/{name}?host={a}&host={b}", "tally@{a},{b}/{name}"])
def test_the_writable_one_of_several_hosts_is_found(
    spelling: str, postgres: Postgres, tmp_path: Path
) -> None:
    """The first of them is a standby."""
    name = empty_database(postgres, tmp_path).rpartition("/")[2]
    standby = postgres.replicate()
    try:
        a, b = (f"127.0.0.1:{one.port}" for one in (standby, postgres))
        engine, _ = open_engine("postgresql://" + spelling.format(a=a, b=b, name=name))
        with engine.connect() as connection:
            assert connection.connection.driver_connection.info.port == postgres.port  # type: ignore[union-attr]
        engine.dispose()
    finally:
        standby.remove()
