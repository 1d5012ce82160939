"""Commands for the signing keys."""

from typing import Any

import click

from tigertally.cli.composition import composed
from tigertally.cli.options import location_options, settings_from
from tigertally.cli.phrases import sessions_ended
from tigertally.cli.tables import print_table
from tigertally.clock import SystemClock, rfc3339
from tigertally.flows.administer import Administer
from tigertally.flows.rotate_keys import RotateKeys
from tigertally.server.data_dir import database_url, master_secret
from tigertally.server.existing import existing_database
from tigertally.server.stores import open_store


@click.group()
def keys() -> None:
    """Manage the keys that sign access tokens: next, current, retired."""


@keys.command("list")
@location_options
def list_keys(**options: Any) -> None:
    """List all keys."""
    with composed(**options) as composition:
        listed = composition.keys.list()
    print_table(
        ("key id", "algorithm", "state", "made", "retired"),
        (
            (
                key.kid,
                key.algorithm,
                key.state,
                rfc3339(key.created_at),
                rfc3339(key.retired_at) if key.retired_at else "",
            )
            for key in listed
        ),
    )


@keys.command()
@location_options
def rotate(**options: Any) -> None:
    """Sign with the next key from now on. Nobody is signed out."""
    with composed(**options) as composition:
        click.echo(f"{composition.keys.rotate().kid} is current now.")


@keys.command()
@click.argument("kid")
@location_options
def retire(kid: str, **options: Any) -> None:
    """Delete a retired key at once. Clients with its tokens refresh silently."""
    with composed(**options) as composition:
        composition.keys.retire(kid)
        click.echo(f"{kid} is forgotten.")


@keys.command()
@click.confirmation_option(prompt="This signs everybody out. Go on?")
@location_options
def reset(**options: Any) -> None:
    """Create new keys after the old master secret was lost or exposed."""
    settings, clock = settings_from(**options), SystemClock()
    with existing_database(database_url(settings)):
        store = open_store(settings, clock=clock)
    RotateKeys(store, clock, master_secret(settings), settings.token_algorithm).reset()
    store.engine.dispose()
    # If the secret is still the old one, refresh tokens would stay valid.
    with composed(**options) as composition:
        ended = Administer(composition.context).end_all_sessions()
    click.echo(f"Created new keys. {sessions_ended(ended)} Everybody signs in again.")
