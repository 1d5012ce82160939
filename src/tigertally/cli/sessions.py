"""Commands for sessions."""

from typing import Any

import click

from tigertally.cli.composition import composed
from tigertally.cli.options import location_options
from tigertally.cli.phrases import sessions_ended
from tigertally.cli.tables import print_table
from tigertally.clock import rfc3339
from tigertally.flows.administer import Administer


@click.group()
def sessions() -> None:
    """Sessions: list them, end them."""


@sessions.command("list")
@click.argument("user")
@location_options
def list_sessions(user: str, **options: Any) -> None:
    """List the live sessions of USER (a user name or verified address)."""
    with composed(**options) as composition:
        context = composition.context
        found = Administer(context).find(user)
        with context.store.reading() as tx:
            live = tx.sessions.live(found.id, context.clock.now())
    print_table(
        ("session", "device", "name", "address", "signed in", "last seen"),
        (
            (
                one.id,
                one.device.type,
                one.device.name or "",
                one.device.ip or "",
                rfc3339(one.created_at),
                rfc3339(one.last_seen_at),
            )
            for one in live
        ),
    )


@sessions.command()
@click.argument("session", required=False)
@click.option("--user", help="End all sessions of this user instead.")
@click.option("--everybody", is_flag=True, help="End all sessions of all users instead.")
@location_options
def end(session: str | None, user: str | None, everybody: bool, **options: Any) -> None:
    """End SESSION at once, or all sessions of a user, or of everybody."""
    if sum((session is not None, user is not None, everybody)) != 1:
        raise click.UsageError("name a session, or a user with --user, or --everybody")
    with composed(**options) as composition:
        administer = Administer(composition.context)
        if session is not None:
            administer.end_session(session)
            click.echo(sessions_ended(1))
        elif user is not None:
            click.echo(sessions_ended(administer.end_sessions_of(user)))
        else:
            click.echo(sessions_ended(administer.end_all_sessions()))
