"""The command that serves the product."""

from typing import Any, Final

import click

from tigertally.cli.options import location_options, settings_from
from tigertally.errors import SetupError
from tigertally.storage.locks import HAS_LOCKS

OTHER_PORT: Final = "name another with --port (or --host)"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes; by default one per core, at most 4."
)
@click.option("--access-log", is_flag=True, help="Log each request: no query, header or body.")
@click.option("--other-port", hidden=True, default=OTHER_PORT)
@click.option("--redis-url", help="As TALLY_REDIS_URL.")
@click.option("--public-url", help="As TALLY_PUBLIC_URL.")
@location_options
def serve(
    host: str, port: int, workers: int | None, *, access_log: bool, other_port: str, **options: Any
) -> None:
    """Serve the API and the web application."""
    if not HAS_LOCKS:
        raise SetupError(
            "this machine has no locks on files (fcntl), by which several workers would agree",
            remedy="to learn and develop, serve one process: `flask run` with TigerTally(app), or "
            "`uvicorn --factory tigertally.server.asgi:create`; serve people from Linux or macOS",
        )
    try:
        # Not at the top: gunicorn exists on Unix only, and help is shown without it.
        from tigertally.cli.serving import run  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise SetupError(
            f"`tigertally serve` needs {missing.name}, which is not installed",
            remedy='pip install "tigertally[server]"',
        ) from None
    settings = settings_from(**options)
    run(settings, host, port, workers, logs_access=access_log, other_port=other_port)
