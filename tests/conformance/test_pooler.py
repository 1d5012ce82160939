"""PostgreSQL behind PgBouncer: each transaction may be another connection's, or each session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError
from tests.databases import empty_database, migrated_database, stores_over
from tests.proxies import Network
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgres import Postgres
from tests.servers.server import until

from tigertally.storage.sql.dialects import ReadOnlyServer, open_engine
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import feed_head
from tigertally.storage.sql.watcher import PollingWatcher, open_watcher
from tigertally.testing import MovableClock
from tigertally.testing.conformance import StoreConformance
from tigertally.testing.conformance.tools import journeys, register, sign_in


@pytest.fixture(scope="module", params=["transaction", "session"])
def pooler(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[PgBouncer]:
    """PgBouncer in either mode."""
    found = PgBouncer(postgres, mode=request.param)
    try:
        found.start()
        yield found
    finally:
        found.remove()


@pytest.fixture
def pooled_url(pooler: PgBouncer, tmp_path: Path) -> str:
    """A new database behind it."""
    return migrated_database(pooler, tmp_path)


class TestStoresBehindAPooler(StoreConformance):
    """The whole public suite: no statement relies on the connection of the one before."""

    @pytest.fixture
    def open_store(
        self, pooled_url: str, tmp_path: Path, clock: MovableClock
    ) -> Iterator[Callable[[], SqlStore]]:
        """Open one database again and again."""
        with stores_over(pooled_url, tmp_path, clock) as open_store:
            yield open_store


@pytest.fixture
def store(pooled_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[SqlStore]:
    """A store over a database behind it."""
    with stores_over(pooled_url, tmp_path, clock) as open_store:
        yield open_store()


def test_each_transaction_brings_its_own_limits(store: SqlStore, pooled_url: str) -> None:
    """Whichever connection of the server it is given; and leaves none behind."""
    engine, _ = open_engine(pooled_url, patience=4)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    query = text("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    with engine.connect() as connection:
        assert tuple(connection.execute(query).one()) == ("4s", "4s", "3s")
    with psycopg.connect(pooled_url, autocommit=True) as bare:
        assert bare.execute("SHOW statement_timeout").fetchone() == ("0",)
    engine.dispose()


def test_a_frozen_sign_out_behind_a_pooler_blocks_nobody(
    store: SqlStore, pooled_url: str, clock: MovableClock
) -> None:
    """The database ends the transaction, and the pooler does not hand it on."""
    context = journeys(store, clock)
    register(context)
    sign_in(context)
    engine, _ = open_engine(pooled_url, patience=1)
    with engine.connect() as frozen:
        frozen.execute(update(feed_head).values(position=feed_head.c.position))
        with store.writing() as tx:
            tx.keys.announce(clock.now())
        with pytest.raises(DBAPIError) as lost:
            frozen.execute(text("SELECT 1"))
        assert lost.value.connection_invalidated
    engine.dispose()


def test_the_feed_polls_where_no_notification_arrives(
    store: SqlStore, pooled_url: str, clock: MovableClock
) -> None:
    """A pooler hands notifications to whoever has the connection then."""
    watcher = open_watcher(pooled_url, patience=1, waiter=None)
    assert isinstance(watcher, PollingWatcher)
    before = watcher.head().position
    with store.writing() as tx:
        tx.keys.announce(clock.now())
    assert watcher.head().position == before + 1
    watcher.close()


def test_connections_that_the_pooler_keeps_to_a_standby_are_ended(
    postgres: Postgres, tmp_path: Path
) -> None:
    """It would hand them out for an hour, though its name leads to the primary long since."""
    name = empty_database(postgres, tmp_path).rpartition("/")[2]
    standby = postgres.replicate()
    network = Network(standby.port)
    pooler = PgBouncer(standby, mode="transaction", port=network.port)
    try:
        pooler.start()
        engine, _ = open_engine(pooler.url(name))
        with pytest.raises(ReadOnlyServer):
            engine.connect()
        network.lead_to(postgres.port)
        until(lambda: _takes_writes(engine))
        engine.dispose()
    finally:
        pooler.remove()
        standby.remove()
        network.end()


def _takes_writes(engine: Engine) -> bool:
    try:
        engine.connect().close()
    except ReadOnlyServer:
        return False
    return True
