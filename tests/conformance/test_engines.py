"""What engines do differently: order of commits, crashes, migrations, collations."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Connection,
    Engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from tests.conformance.dying import JOURNEYS, everything
from tests.databases import stores_over
from tests.waiting import PATIENCE

from tigertally.core.presence import Sighting
from tigertally.core.sessions import EndReason, Session
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.flows.context import Context
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.schema import (
    VERSION_TABLE,
    SchemaState,
    downgrade_schema,
    schema_state,
    upgrade_schema,
)
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import feed_head, login_names, revocations, sessions
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import (
    NAME,
    journeys,
    refresh,
    register,
    sign_in,
    sign_out,
    together,
)

OpenStore = Callable[[], SqlStore]


@pytest.fixture
def open_store(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[OpenStore]:
    """Open one database again and again."""
    with stores_over(database_url, tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The bare database."""
    engine, _ = open_engine(database_url)
    yield engine
    engine.dispose()


def test_positions_of_the_feed_have_no_gaps_and_are_committed_in_their_order(
    open_store: OpenStore, clock: MovableClock
) -> None:
    """A reader that has seen one position has seen all before it, whoever wrote them."""
    contexts = [journeys(open_store(), clock) for _ in range(2)]
    register(contexts[0])
    tallies = [[sign_in(contexts[0]) for _ in range(12)] for _ in range(8)]
    reader, over = open_store(), threading.Event()
    wrong: list[tuple[int, int, int | None]] = []

    def look() -> None:
        while not over.is_set():
            with reader.engine.connect() as connection:
                head, count, last = connection.execute(
                    select(
                        select(feed_head.c.position).scalar_subquery(),
                        select(func.count()).select_from(revocations).scalar_subquery(),
                        select(func.max(revocations.c.position)).scalar_subquery(),
                    )
                ).one()
            if not head == (last or 0) == count:
                wrong.append((head, count, last))

    looking = threading.Thread(target=look)
    looking.start()

    def write(index: int) -> None:
        for number, one in enumerate(tallies[index]):
            if number % 3:
                sign_out(contexts[index % 2], one)
            else:
                with contexts[index % 2].store.writing() as tx:
                    tx.keys.announce(clock.now())

    assert together(8, write) == [None] * 8
    over.set()
    looking.join(timeout=PATIENCE)
    assert wrong == []


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_connection_that_breaks_before_the_commit_leaves_nothing(
    journey: str, open_store: OpenStore, clock: MovableClock
) -> None:
    """Whatever the journey had done by then, and the caller is told that it did not happen."""
    context = journeys(open_store(), clock)
    register(context)
    tallies = [sign_in(context) for _ in range(2)]
    store, reader = open_store(), open_store()
    before = everything(reader.engine)
    breaking = journeys(store, clock)
    _break_before_commit(store)
    with pytest.raises(StoreUnavailable):
        JOURNEYS[journey](breaking, tallies)
    assert everything(reader.engine) == before
    # And nothing is held: the same journey passes at once.
    JOURNEYS[journey](context, tallies)
    assert everything(reader.engine) != before


def test_a_writer_that_dies_after_the_commit_has_written_all(
    open_store: OpenStore, clock: MovableClock
) -> None:
    """It rang for nobody; the next look at the head finds it all the same."""
    context = journeys(open_store(), clock)
    register(context)
    tally = sign_in(context)
    store = open_store()
    store.bell = _Mute(store.bell)  # type: ignore[assignment]
    sign_out(journeys(store, clock), tally)
    feed = SqlFeed(store.engine, store.bell, clock, max_silence=0.0)
    feed.catch_up()
    assert feed.revocations.reason(tally.session.id) is EndReason.LOGGED_OUT


# SQLite has one writer at a time: whoever writes a note waits for its turn.
@pytest.mark.parametrize("database_url", ["postgres", "mariadb"], indirect=True)
def test_presence_notes_never_wait_for_a_locked_session(
    open_store: OpenStore, clock: MovableClock
) -> None:
    """A note is not worth waiting for: it comes again."""
    store = open_store()
    context = journeys(store, clock)
    register(context)
    held, free = sign_in(context), sign_in(context)
    clock.move(minutes=1)
    notes = [Sighting(one.session.id, 0, clock.unix()) for one in (held, free)]
    with open_store().engine.connect() as other, other.begin():
        other.execute(update(sessions).where(sessions.c.id == held.session.id).values(ip="::"))
        with store.writing() as tx:
            tx.sessions.confirm(notes)
    seen = {one.id: one.confirmed for one in _live(context)}
    assert seen == {held.session.id: False, free.session.id: True}


def test_no_collation_takes_one_key_for_another(open_store: OpenStore, clock: MovableClock) -> None:
    """Case, accents, trailing spaces, full width: what differs by a bit is another key."""
    store = open_store()
    owner = register(journeys(store, clock))
    keys = [
        "A",
        "a",
        "ä",
        "a\u0308",
        "a ",
        " a",
        "ａ",
        "ß",
        "ss",
        "🐯",
        "🐯\ufe0f",
        "я",
        "字" * 254,
    ]
    if store.dialect.networked and "mysql" in store.engine.url.drivername:
        # Its binary collation for all of Unicode pads with spaces; name_key() strips them.
        keys.remove("a ")
    with store.engine.begin() as connection:
        connection.execute(
            insert(login_names), [{"name_key": key, "user_id": owner.id} for key in keys]
        )
    with store.engine.connect() as connection:
        for key in keys:
            found = connection.scalars(
                select(login_names.c.name_key).where(login_names.c.name_key == key)
            ).all()
            assert found == [key]


def test_migrations_go_down_and_up_again_with_data_in_them(
    database_url: str, open_store: OpenStore, clock: MovableClock
) -> None:
    """Step by step down to nothing and up again; each step keeps what both sides know."""
    store = open_store()
    context = journeys(store, clock)
    register(context)
    tally = sign_in(context)
    sign_out(context, sign_in(context))
    engine, dialect = store.engine, store.dialect
    while (found := _revision(engine)) not in {None, "0001"}:
        downgrade_schema(engine, dialect, "-1")
        assert _revision(engine) != found
        assert _count(engine, "tally_sessions") == 2
    upgrade_schema(engine, dialect)
    assert schema_state(engine) is SchemaState.CURRENT
    refresh(journeys(store, clock), tally)
    downgrade_schema(engine, dialect, "base")
    assert schema_state(engine) is SchemaState.EMPTY
    assert {name for name in inspect(engine).get_table_names() if "tally" in name} <= {
        VERSION_TABLE
    }
    upgrade_schema(engine, dialect)
    register(journeys(open_store(), clock))


def test_a_database_of_a_newer_version_is_refused(open_store: OpenStore) -> None:
    """Older code must not guess what newer tables mean."""
    engine = open_store().engine
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(SetupError, match="newer schema"):
        schema_state(engine)


def test_a_restored_feed_still_finds_acknowledged_ends(
    open_store: OpenStore, clock: MovableClock
) -> None:
    """Positions are given again in the database's new life; they must not be taken for read."""
    store = open_store()
    context = journeys(store, clock)
    register(context)
    feed = SqlFeed(store.engine, store.bell, clock, max_silence=0.0)
    tallies = [sign_in(context) for _ in range(9)]
    for tally in tallies[:3]:
        sign_out(context, tally)
    feed.catch_up()
    with store.engine.begin() as connection:
        # A backup from before the last two sign-outs …
        head = connection.scalar(select(feed_head.c.position))
        assert head is not None
        connection.execute(delete(revocations).where(revocations.c.position > head - 2))
        connection.execute(update(feed_head).values(position=head - 2))
    # … and its new life has come further than what we know before we look again.
    for tally in tallies[3:]:
        sign_out(context, tally)
    feed.catch_up()
    missed = [one for one in tallies[3:] if feed.revocations.reason(one.session.id) is None]
    assert missed == []


# --------------------------------------------------------------------------------------------


def _break_before_commit(store: SqlStore) -> None:
    """Break each connection when all statements are sent, and the commit is not."""

    @event.listens_for(store.engine, "commit")
    def break_it(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if not store.dialect.networked:
            driver.close()
            return
        url = store.engine.url
        killer, _ = open_engine(url.render_as_string(hide_password=False))
        with killer.connect() as other:
            if "postgresql" in url.drivername:
                other.execute(text(f"SELECT pg_terminate_backend({driver.info.backend_pid})"))
            else:
                other.execute(text(f"KILL {driver.thread_id()}"))
        killer.dispose()


class _Mute:
    """A bell page that cannot be rung."""

    bell = None

    def __init__(self, reader: object) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> object:
        return getattr(self._reader, name)


def _live(context: Context) -> list[Session]:
    with context.store.reading() as tx:
        user = tx.users.find(NAME)
        assert user is not None
        return list(tx.sessions.live(user.id, context.clock.now()))


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return context.get_current_revision()


def _count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
