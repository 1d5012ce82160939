"""Commands for other services that verify access tokens by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from tigertally.cli.composition import composed, composed_anew
from tigertally.cli.options import location_options
from tigertally.cli.tables import print_table
from tigertally.clock import rfc3339
from tigertally.core.services import SILENCE
from tigertally.flows.manage_services import ManageServices


@click.group()
def services() -> None:
    """Other services that verify tokens: add, list and end them, exchange their keys."""


@services.command()
@click.argument("name")
@click.option(
    "--silence",
    type=float,
    default=SILENCE,
    show_default=True,
    help="Seconds for which its verifiers rely on what they heard.",
)
@location_options
def add(name: str, silence: float, **options: Any) -> None:
    """Add a service and print its key, which is shown this once."""
    with composed_anew(**options) as composition:
        made = ManageServices(composition.context, composition.services.service_keys)
        click.echo(made.add(name, silence=silence).reveal())


@services.command("list")
@location_options
def list_services(**options: Any) -> None:
    """List all services, ended ones too."""
    with _managing(**options) as manage:
        listed = manage.list()
    print_table(
        ("id", "name", "silence", "added", "last seen", "ended"),
        (
            (
                one.id,
                one.name,
                f"{one.silence:g}",
                rfc3339(one.created_at),
                rfc3339(one.last_seen_at) if one.last_seen_at else "",
                rfc3339(one.ended_at) if one.ended_at else "",
            )
            for one in listed
        ),
    )


@services.command()
@click.argument("name")
@location_options
def rotate(name: str, **options: Any) -> None:
    """Print another key for a service. The former one is refused at once."""
    with _managing(**options) as manage:
        click.echo(manage.rotate(name).reveal())


@services.command()
@click.argument("name")
@location_options
def end(name: str, **options: Any) -> None:
    """End a service: its key is refused at once."""
    with _managing(**options) as manage:
        manage.end(name)
    click.echo(f"{name} is ended: its verifiers let nobody in any more.")


@contextmanager
def _managing(**options: Any) -> Iterator[ManageServices]:
    with composed(**options) as composition:
        yield ManageServices(composition.context, composition.services.service_keys)
