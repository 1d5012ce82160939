"""The schema's life: made, upgraded, and refused where it is newer than this code."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, insert, select

from tigertally.errors import SetupError
from tigertally.storage.sql.dialects import MIGRATION_PATIENCE, Dialect
from tigertally.storage.sql.tables import feed_head, meta, revocations

VERSION_TABLE: Final = "tally_schema_version"
"""Our own, so that an application's Alembic history beside it is left alone."""


class SchemaState(StrEnum):
    """How a database stands to this code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"


def schema_state(engine: Engine) -> SchemaState:
    """Return how the database stands to this code. Raises SetupError where it is newer."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        found = context.get_current_revision()
    if found is None:
        return SchemaState.EMPTY
    script = ScriptDirectory.from_config(_config())
    if found == script.get_current_head():
        return SchemaState.CURRENT
    if found not in {revision.revision for revision in script.walk_revisions()}:
        raise SetupError(
            f"the database has a newer schema ({found}) than this version of Tiger Tally knows",
            remedy="install the newer version again, or restore the backup made before the upgrade",
        )
    return SchemaState.OLDER


def is_closed(engine: Engine) -> bool:
    """Tell whether a database of this schema was closed, because `tigertally db copy` moved it."""
    with engine.connect() as connection:
        return connection.scalar(select(feed_head.c.position)) is None


def upgrade_schema(engine: Engine, dialect: Dialect) -> None:
    """Bring the database to this code's schema; safe to call from several processes at once."""
    # One process migrates while the others wait, and then find nothing left to do.
    with _migrating(engine, dialect) as connection:
        command.upgrade(_config(connection), "head")
        _fill(connection)


def downgrade_schema(engine: Engine, dialect: Dialect, revision: str) -> None:
    """Take the schema back to a revision (``base`` for nothing at all)."""
    with _migrating(engine, dialect) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _migrating(engine: Engine, dialect: Dialect) -> Iterator[Connection]:
    """Open a transaction, alone, over a connection that waits as long as large tables take."""
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
    for name, value in (("database_id", secrets.token_hex(16)), ("access_ttl", "0")):
        if connection.scalar(select(meta.c.value).where(meta.c.name == name)) is None:
            connection.execute(insert(meta).values(name=name, value=value))
    if connection.scalar(select(feed_head.c.position)) is None:
        # There are positions already where the database was closed because it had been copied.
        last = connection.scalar(select(func.max(revocations.c.position))) or 0
        connection.execute(insert(feed_head).values(id=1, position=last))


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.attributes["connection"] = connection
    # `%` begins a placeholder there, and may stand in the name of a folder.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
