"""Creates and upgrades the schema, and refuses one that is newer than this code."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, column, func, insert, inspect, select, table

from tigertally.errors import SetupError
from tigertally.storage.sql.dialects import MIGRATION_PATIENCE, Dialect
from tigertally.storage.sql.messages import COUNTED_MESSAGES
from tigertally.storage.sql.statistics import PROGRESS, Progress
from tigertally.storage.sql.tables import feed_head, meta, revocations

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS: Final = Path(__file__).parent / "migrations"

VERSION_TABLE: Final = "tally_schema_version"
"""Our own version table, so that an application's Alembic history stays untouched."""

_versions: Final = table(VERSION_TABLE, column("version_num"))


class SchemaState(StrEnum):
    """The state of a database's schema, compared with this code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"


def schema_state(engine: Engine) -> SchemaState:
    """Return the state of the schema. Raises SetupError if it is newer than this code."""
    # Without Alembic: loading it and all migrations takes longer than the rest of a start, and
    # the schema is nearly always current. Readiness checks call this each time, too.
    with engine.connect() as connection:
        found = _revision(connection)
    if found is None:
        return SchemaState.EMPTY
    known = revisions()
    if found == known[-1]:
        return SchemaState.CURRENT
    if found not in known:
        raise SetupError(
            f"the database has a newer schema ({found}) than this version of Tiger Tally knows",
            remedy="install the newer version again, or restore the backup made before the upgrade",
        )
    return SchemaState.OLDER


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(select(_versions.c.version_num))
    return found


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that this code knows, oldest first: the numbers of their files."""
    files = (MIGRATIONS / "versions").glob("[0-9]*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def is_closed(engine: Engine) -> bool:
    """Tell whether a database of this schema was closed, because `tigertally db copy` moved it."""
    with engine.connect() as connection:
        return connection.scalar(select(feed_head.c.position)) is None


def upgrade_schema(engine: Engine, dialect: Dialect) -> None:
    """Bring the database to this code's schema; safe to call from several processes at once."""
    from alembic import command  # noqa: PLC0415 - only who migrates needs it

    # One process migrates. The others wait, and then find nothing to do.
    with _migrating(engine, dialect) as connection:
        command.upgrade(_config(connection), "head")
        _fill(connection)


def downgrade_schema(engine: Engine, dialect: Dialect, revision: str) -> None:
    """Downgrade the schema to a revision (``base`` for an empty database)."""
    from alembic import command  # noqa: PLC0415 - as above

    with _migrating(engine, dialect) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _migrating(engine: Engine, dialect: Dialect) -> Iterator[Connection]:
    """Open an exclusive transaction, with time-outs long enough for large tables."""
    patient = dialect.open(engine.url, patience=MIGRATION_PATIENCE)
    try:
        with patient.connect() as plain:
            connection = plain.execution_options(tally_writing=True)
            with dialect.migrating(connection):
                yield connection
    finally:
        patient.dispose()


def _fill(connection: Connection) -> None:
    """Write the rows that every database has."""
    last = head = connection.scalar(select(feed_head.c.position))
    if last is None:
        # A database that was closed after a copy has positions already.
        last = connection.scalar(select(func.max(revocations.c.position))) or 0
    first = {
        "database_id": secrets.token_hex(16),
        "access_ttl": "0",
        # All events count, but no former end of a session: the feed does not tell when it was.
        PROGRESS: str(Progress(event=0, position=last, hour=0)),
        **dict.fromkeys(COUNTED_MESSAGES.values(), ""),
    }
    for name, value in first.items():
        if connection.scalar(select(meta.c.value).where(meta.c.name == name)) is None:
            connection.execute(insert(meta).values(name=name, value=value))
    if head is None:
        connection.execute(insert(feed_head).values(id=1, position=last))


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.attributes["connection"] = connection
    # `%` begins a placeholder there, and may stand in the name of a folder.
    folder = str(MIGRATIONS).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
