"""The database's schema."""

from typing import Any

import click

from tigertally.cli.composition import location_options, settings_from
from tigertally.clock import SystemClock
from tigertally.server.compose import open_store
from tigertally.server.data_dir import database_url, prepare_data_dir
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import schema_state


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
@location_options
def upgrade(**options: Any) -> None:
    """Make the tables, or bring them to this version."""
    settings = settings_from(**options)
    open_store(settings, clock=SystemClock()).engine.dispose()
    click.echo("The database is up to date.")


@db.command()
@location_options
def status(**options: Any) -> None:
    """Say how the database stands to this version."""
    settings = settings_from(**options)
    prepare_data_dir(settings)
    engine, _ = open_engine(database_url(settings))
    click.echo(schema_state(engine).value)
    engine.dispose()
