"""Commands for the database: its schema, and moving it."""

from pathlib import Path
from typing import Any

import click

from tigertally.cli.options import location_options, settings_from
from tigertally.clock import SystemClock
from tigertally.server.data_dir import database_url
from tigertally.server.existing import existing_database
from tigertally.server.stores import open_store
from tigertally.storage.sql.copying import copy_database
from tigertally.storage.sql.schema import (
    SchemaState,
    is_closed,
    schema_state,
    upgrade_schema,
)
from tigertally.storage.sql.store import translated_errors


@click.group()
def db() -> None:
    """Manage the database."""


@db.command()
@location_options
def upgrade(**options: Any) -> None:
    """Create the tables, or upgrade them to this version."""
    settings = settings_from(**options)
    store = open_store(settings, clock=SystemClock())
    with translated_errors():
        # Also if the schema is current: a database that was copied is opened again.
        upgrade_schema(store.engine, store.dialect)
    store.engine.dispose()
    click.echo("The database is up to date.")


@db.command()
@location_options
def status(**options: Any) -> None:
    """Show the state of the schema, compared with this version."""
    settings = settings_from(**options)
    with existing_database(database_url(settings)) as (engine, _), translated_errors():
        state = schema_state(engine)
        if state is SchemaState.CURRENT and is_closed(engine):
            click.echo(
                "closed: `tigertally db copy` moved it; `tigertally db upgrade` opens it again"
            )
        else:
            click.echo(state.value)


@db.command()
@click.option("--from", "source", help="Database to copy; by default the one that is set.")
@click.option("--to", "target", required=True, help="New, empty database.")
@location_options
def copy(source: str | None, target: str, **options: Any) -> None:
    """Copy everything into another database. Stop the service first.

    The old database is closed: no session can end in it any more, so no sign-out gets lost there
    (`tigertally db upgrade` opens it again). Nobody is signed out, as long as the service goes on
    with the same master secret. Every user of a machine can read command lines: `@/path` stands
    for the first line of that file.
    """
    settings = settings_from(**options)
    origin = _address(source) if source else database_url(settings)
    with existing_database(origin), translated_errors():
        copied = copy_database(origin, _address(target), _report)
    for table, rows in copied.items():
        click.echo(f"{table}: {rows} rows, as many in both")
    click.echo("Copied, and the old database is closed.")
    click.echo("Set TALLY_DATABASE_URL, keep the master secret, and start the service.")


def _address(text: str) -> str:
    if not text.startswith("@"):
        return text
    return Path(text[1:]).expanduser().read_text("utf-8").partition("\n")[0].strip()


def _report(table: str, done: int, expected: int) -> None:
    click.echo(f"{table}: {done} of {expected}", err=True)
