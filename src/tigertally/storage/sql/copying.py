"""Copies all rows to another database, in one transaction, counted on both sides.

Sessions survive: they consist of rows only. The signing keys stay encrypted, so the service must go
on with the same master secret. The new database keeps its own id: pages and processes must not
mistake it for the old one.

Even if the service was not stopped, no acknowledged sign-out is lost: nobody can end a session in
the old database while it is copied, nor afterwards, because its feed has no head any more.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from tigertally.errors import SetupError
from tigertally.storage.sql.dialects import MIGRATION_PATIENCE, Dialect, open_engine
from tigertally.storage.sql.schema import SchemaState, schema_state, upgrade_schema
from tigertally.storage.sql.tables import (
    feed_head,
    meta,
    metadata,
    role_permissions,
    roles,
    user_roles,
)

BATCH: Final = 1000
"""Rows per statement."""

Report = Callable[[str, int, int], None]
"""Receives the progress: the table, rows written so far, and rows in total."""


def copy_database(source_url: str, target_url: str, report: Report) -> Mapping[str, int]:
    """Copy everything into an empty database, and close the old one. Return the rows per table.

    Raises SetupError if the source has an older schema or was copied already, or if the target is
    not empty, or has another number of rows afterwards. Nothing is left behind then.
    ``upgrade_schema`` opens the old one again.
    """
    source, source_dialect = open_engine(source_url, patience=MIGRATION_PATIENCE)
    target, dialect = open_engine(target_url, patience=MIGRATION_PATIENCE)
    try:
        if schema_state(source) is not SchemaState.CURRENT:
            raise SetupError(
                "the database to copy from has not the schema of this version",
                remedy="run `tigertally db upgrade` on it, with the service stopped",
            )
        upgrade_schema(target, dialect)
        level = "SERIALIZABLE" if not source_dialect.networked else "REPEATABLE READ"
        with (
            # One snapshot of the source throughout, in case somebody still writes to it.
            source.connect().execution_options(isolation_level=level, tally_writing=True) as old,
            old.begin(),
        ):
            _hold_head(old, source_dialect)
            copied = _copy(old, target, dialect, report)
            # After the new one is committed: after a crash in between, the old one stays in use.
            old.execute(delete(feed_head))
        return copied
    finally:
        source.dispose()
        target.dispose()


def _hold_head(source: Connection, dialect: Dialect) -> None:
    # Every transaction that ends a session needs this row.
    if source.scalar(dialect.for_update(select(feed_head.c.position))) is None:
        raise SetupError(
            "this database was copied to another one already, and is closed",
            remedy="go on with the copy; or open this one again with `tigertally db upgrade`, "
            "and see that nobody uses the copy",
        )


def _copy(
    reading: Connection, target: Engine, dialect: Dialect, report: Report
) -> Mapping[str, int]:
    copied = {}
    with (
        target.connect().execution_options(tally_writing=True) as writing,
        writing.begin(),
    ):
        _refuse_filled(writing)
        for table in metadata.sorted_tables:
            copied[table.name] = _copy_table(reading, writing, table, report)
            dialect.go_on_counting(writing, table)
    return copied


def _refuse_filled(target: Connection) -> None:
    # Nobody else may fill it meanwhile: every end of a session needs this row.
    target.execute(update(feed_head).values(position=feed_head.c.position))
    # The rows of every new database, except its id.
    target.execute(delete(meta).where(meta.c.name != "database_id"))
    if not _count(target, user_roles):
        builtin = select(roles.c.id).where(roles.c.builtin.is_(True))
        target.execute(delete(role_permissions).where(role_permissions.c.role_id.in_(builtin)))
        target.execute(delete(roles).where(roles.c.builtin.is_(True)))
    for table in metadata.sorted_tables:
        if table not in {meta, feed_head} and _count(target, table):
            raise SetupError(
                f"the database to copy to is not empty: {table.name} has rows",
                remedy="name a new, empty database",
            )


def _copy_table(reading: Connection, writing: Connection, table: Table, report: Report) -> int:
    if table is feed_head:
        position = reading.execute(select(feed_head.c.position)).scalar_one()
        writing.execute(update(feed_head).values(position=position))
        return 1
    query = select(table).order_by(*table.primary_key.columns)
    if table is meta:
        query = query.where(meta.c.name != "database_id")
    expected = reading.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    before, written = _count(writing, table), 0
    rows = reading.execute(query, execution_options={"yield_per": BATCH}).mappings()
    for batch in rows.partitions(BATCH):
        writing.execute(insert(table), [dict[str, Any](row) for row in batch])
        written += len(batch)
        report(table.name, written, expected)
    found = _count(writing, table) - before
    if not found == written == expected:
        raise SetupError(
            f"{table.name}: {expected} rows to copy, {written} read, {found} found in the end",
            remedy="see that nothing else writes to either database, then start again",
        )
    return written


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
