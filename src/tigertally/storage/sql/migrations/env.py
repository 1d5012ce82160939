"""Alembic's entry: migrates over the given connection, in the given transaction."""

from alembic import context

from tigertally.storage.sql.schema import VERSION_TABLE
from tigertally.storage.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
