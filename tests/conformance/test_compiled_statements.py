"""What the driver is sent directly does what SQLAlchemy would do, whatever the rows hold.

Each compiled statement runs both ways on each engine: reads over the same rows, changes over twins.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import Boolean, Integer, String

from tigertally.core.identifiers import new_id
from tigertally.storage.sql import compiled
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.driver import DriverCursor, Statement
from tigertally.storage.sql.session_rows import session_row
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import (
    events,
    feed_head,
    login_names,
    revocations,
    sessions,
    users,
)
from tigertally.testing.samples import START, sample_session

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = st.one_of(
    st.sampled_from([START + timedelta(microseconds=step) for step in (-1, 0, 1)]),
    st.integers(0, 2**53).map(lambda step: EPOCH + timedelta(microseconds=step)),
)
# No letter of an engine's quoting, patterns or placeholders may mean anything.
LETTERS = st.sampled_from([*"aZ09 '\"\\%_:;?$老虎\U0001f42f\n", "%s", "%(id)s", "::"])


def texts(longest: int) -> st.SearchStrategy[str]:
    return st.lists(LETTERS, max_size=20).map(lambda letters: "".join(letters)[:longest])


def rows_of(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Any row that the columns can hold. Ids are new."""
    kinds: dict[str, st.SearchStrategy[Any]] = {}
    for column in table.c:
        match column.type:
            case Instant():
                kind: st.SearchStrategy[Any] = TIMES
            case Boolean():
                kind = st.booleans()
            case Integer():
                kind = st.integers(0, 2**31 - 1)
            case String(length=int(length)):
                kind = texts(length)
            case _:
                kind = texts(100)
        kinds[column.name] = st.none() | kind if column.nullable else kind
    del kinds["id"]
    return st.fixed_dictionaries(kinds)


def kept(connection: Connection, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of an id as SQLAlchemy reads it, without the id."""
    found = connection.execute(select(table).where(table.c.id == row["id"])).mappings().one()
    return {name: value for name, value in found.items() if name != "id"}


def read_both_ways(
    store: SqlStore, connection: Connection, statement: Statement, values: Mapping[str, Any]
) -> list[list[Any]]:
    """Return the rows that both ways find. They are alike, to the type of each value."""
    directly = DriverCursor(connection, store.dialect).rows(statement, values)
    by_sqlalchemy = connection.execute(statement.make(store.dialect), values).all()
    assert [[(type(one), one) for one in row] for row in directly] == [
        [(type(one), one) for one in row] for row in by_sqlalchemy
    ]
    return directly


many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(row=rows_of(sessions), owner=st.none() | rows_of(users))
def test_a_session_and_its_owner_are_read_as_sqlalchemy_reads_them(
    store: SqlStore, row: dict[str, Any], owner: dict[str, Any] | None
) -> None:
    row |= {"id": new_id(), "user_id": new_id()}
    with store.connection(writing=True) as connection:
        DriverCursor(connection, store.dialect).add(compiled.ADD_SESSION, [row])
        assert kept(connection, sessions, row) == {k: v for k, v in row.items() if k != "id"}
        if owner is not None:
            connection.execute(insert(users), {**owner, "id": row["user_id"]})
        here = {"session": row["id"]}
        (alone,) = read_both_ways(store, connection, compiled.SESSION, here)
        (owned,) = read_both_ways(store, connection, compiled.OWNED_SESSION, here)
        assert owned[: len(alone)] == alone == [row[column.name] for column in sessions.c]
        assert (owned[len(alone)] is None) == (owner is None)
        for now in (START, row["idle_expires_at"], row["absolute_expires_at"]):
            values = {"user": row["user_id"], "present": now}
            read_both_ways(store, connection, compiled.LIVE_SESSIONS, values)


@many
@given(row=rows_of(users), name=texts(200))
def test_an_account_is_read_as_sqlalchemy_reads_it(
    store: SqlStore, row: dict[str, Any], name: str
) -> None:
    row["id"] = new_id()
    with store.connection(writing=True) as connection:
        connection.execute(insert(users), row)
        connection.execute(delete(login_names).where(login_names.c.name_key == name))
        connection.execute(insert(login_names), {"name_key": name, "user_id": row["id"]})
        for statement, values in (
            (compiled.USER, {"user": row["id"]}),
            (compiled.HELD_USER, {"user": row["id"]}),
            (compiled.USER_BY_NAME, {"login": name}),
        ):
            (found,) = read_both_ways(store, connection, statement, values)
            assert found == [row[column.name] for column in users.c]


@many
@given(row=rows_of(sessions), change=rows_of(sessions), now=TIMES, fits=st.booleans())
def test_a_session_is_changed_as_sqlalchemy_changes_it(
    store: SqlStore, row: dict[str, Any], change: dict[str, Any], now: datetime, fits: bool
) -> None:
    row |= {"ended_at": None, "generation": row["generation"] % 100}
    ending = {name: change[name] for name in compiled.ENDING_COLUMNS} | {"present": now}
    swap = {
        "parent": row["generation"] + (not fits),
        "of_bound": row["bound"],
        "parent_made_by": row["nonce_hash"],
        "child_made_by": change["nonce_hash"],
        "ring_entry": "0123456789abcdef",
        "present": now,
        "idle_deadline": change["idle_expires_at"],
    }
    with store.connection(writing=True) as connection:
        for statement, values in ((compiled.SWAP, swap), (compiled.END, ending)):
            twins = [{**row, "id": new_id()} for _ in range(2)]
            connection.execute(insert(sessions), twins)
            here, there = ({**values, "session": twin["id"]} for twin in twins)
            count = DriverCursor(connection, store.dialect).change(statement, here)
            done = connection.execute(statement.make(store.dialect), there)
            assert count == done.rowcount
            one, other = (kept(connection, sessions, twin) for twin in twins)
            assert one == other
            assert (one == {k: v for k, v in twins[0].items() if k != "id"}) or count == 1


@many
@given(rows=st.lists(rows_of(events), max_size=3))
def test_events_are_written_as_sqlalchemy_writes_them(
    store: SqlStore, rows: list[dict[str, Any]]
) -> None:
    with store.connection(writing=True) as connection:
        connection.execute(delete(events))
        DriverCursor(connection, store.dialect).add(compiled.ADD_EVENT, rows)
        if rows:
            connection.execute(insert(events), rows)
        found = connection.execute(select(events).order_by(events.c.id)).mappings().all()
        assert [{k: v for k, v in one.items() if k != "id"} for one in found] == rows * 2


def test_the_head_moves_and_is_read_in_one_step_or_two(store: SqlStore) -> None:
    with store.connection(writing=True) as connection:
        cursor = DriverCursor(connection, store.dialect)
        ((before, stored),) = read_both_ways(store, connection, compiled.HEAD, {})
        moved = cursor.changed_row(compiled.ADVANCE_HEAD, {"more": 3}, read=compiled.HEAD, by={})
        assert moved == [before + 3, stored]
        assert read_both_ways(store, connection, compiled.HEAD, {}) == [moved]
        entry: dict[str, object] = {column.name: None for column in revocations.c}
        entry |= {"position": before + 1, "kind": "k"}
        cursor.add(compiled.ADD_REVOCATION, [entry | {"forget_at": START}])
        found = connection.execute(select(revocations)).mappings().one()
        assert dict(found) == entry | {"forget_at": START}
        connection.execute(delete(feed_head))
        assert not cursor.changed_row(compiled.ADVANCE_HEAD, {"more": 1}, read=compiled.HEAD, by={})


def test_an_error_of_the_driver_is_sqlalchemys_and_the_transaction_goes_on(
    store: SqlStore,
) -> None:
    """Inside a savepoint, as where SQLAlchemy executes. It repeats no value."""
    row = session_row(sample_session(nonce="n" * 32))
    with store.connection(writing=True) as connection:
        cursor = DriverCursor(connection, store.dialect)
        cursor.add(compiled.ADD_SESSION, [row])
        with pytest.raises(IntegrityError) as refused, connection.begin_nested():
            cursor.add(compiled.ADD_SESSION, [row])
        assert str(row["nonce_hash"]) not in str(refused.value)
        assert cursor.row(compiled.SESSION, {"session": row["id"]}) is not None


def test_a_connection_that_turns_out_to_be_closed_is_lost_as_in_sqlalchemy(
    store: SqlStore,
) -> None:
    """Also where the driver refuses to open a cursor on it, before any statement."""
    with store.engine.connect() as connection:
        cursor = DriverCursor(connection, store.dialect)
        assert cursor.row(compiled.HEAD, {}) is not None
        driver: Any = connection.connection.driver_connection
        driver.close()
        with pytest.raises(DBAPIError) as lost:
            cursor.row(compiled.HEAD, {})
        assert lost.value.connection_invalidated
        assert connection.invalidated
        connection.rollback()
        assert cursor.row(compiled.HEAD, {}) is not None
