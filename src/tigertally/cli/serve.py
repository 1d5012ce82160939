"""Serve the product."""

import socket
import sys
from typing import Any

import click

from tigertally.cli.composition import location_options, settings_from
from tigertally.errors import SetupError
from tigertally.server.compose import compose
from tigertally.server.data_dir import prepare_data_dir
from tigertally.server.figures import share_figures
from tigertally.server.logs import start_logging
from tigertally.settings import Settings, Switch
from tigertally.version import __version__


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes; by default one per core, at most 4."
)
@click.option("--redis-url", help="As TALLY_REDIS_URL.")
@click.option("--public-url", help="As TALLY_PUBLIC_URL.")
@location_options
def serve(host: str, port: int, workers: int | None, **options: Any) -> None:
    """Serve the API and the web application."""
    # Not at the top: gunicorn exists on Unix only, and the other commands do not need it.
    from tigertally.server.wsgi import Binding, Service, default_workers  # noqa: PLC0415

    settings = settings_from(**options)
    start_logging(settings.log_format)
    share_figures(prepare_data_dir(settings), port)
    _warn_of_unsafe_settings(settings)
    _refuse_taken_port(host, port)
    # Made here, before there are workers: the database, the secret and the keys, or the reason why
    # it cannot start. The bell is rung so that nobody trusts what they remember.
    composition = compose(settings)
    composition.store.reboot_bell()
    data_dir = settings.data_dir.expanduser().absolute()
    composition.close()
    binding = Binding(host, port, workers or default_workers())
    click.echo(f"Tiger Tally {__version__} serves http://{binding.address}")
    click.echo(f"Its data lies in {data_dir}; back it up, and keep it to yourself.")
    sys.stdout.flush()
    Service(settings, binding).run()


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"{host}:{port} cannot be listened on: {error.strerror}",
                remedy="stop what uses it, or name another with --port (or --host)",
            ) from None


def _warn_of_unsafe_settings(settings: Settings) -> None:
    if settings.rate_limits is Switch.OFF:
        click.echo("tigertally: rate limits are off: for load tests only.", err=True)
