"""Send the messages that are waiting, from the command line."""

from typing import Any

import click

from tigertally.cli.composition import composed
from tigertally.cli.options import location_options
from tigertally.core.messages import MessageKind
from tigertally.flows.send_messages import SendMessages


@click.command()
@location_options
def outbox(**options: Any) -> None:
    """Send the messages that are waiting, once. While it runs, the service does so by itself."""
    with composed(**options) as composition:
        context, outgoing = composition.context, composition.services.outgoing
        sent = SendMessages(context, outgoing, tuple(MessageKind))()
        with context.store.reading() as tx:
            waiting = tx.messages.waiting()
    click.echo(f"Sent: {sent}. Waiting: {waiting}.")
