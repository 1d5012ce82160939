"""What ``tigertally serve`` does: it prepares everything once, and starts the workers."""

import gc
import ipaddress
import socket
import sys

import click

from tigertally.contract.http import load_contract
from tigertally.contract.texts import load_catalogue
from tigertally.errors import SetupError
from tigertally.server.compose import compose
from tigertally.server.data_dir import prepare_data_dir
from tigertally.server.figures import share_figures
from tigertally.server.logs import start_logging
from tigertally.server.parts import WEBUI
from tigertally.server.standalone import refuse_what_needs_a_host
from tigertally.server.wsgi import Binding, Service, default_workers
from tigertally.settings import Settings
from tigertally.settings.accounts import Registration
from tigertally.settings.values import Switch
from tigertally.version import __version__


def run(
    settings: Settings,
    host: str,
    port: int,
    workers: int | None,
    *,
    logs_access: bool,
    other_port: str,
) -> None:
    """Serve until stopped. Raises SetupError; ``other_port`` says how to choose another."""
    refuse_what_needs_a_host(settings)
    start_logging(settings.log_format)
    share_figures(prepare_data_dir(settings), port)
    _warn_of_unsafe_settings(settings, host)
    _refuse_taken_port(host, port, other_port)
    # Before the workers start: create the database, the secret and the keys, or tell why it cannot
    # start. The bell rings so that no process trusts its memory.
    composition = compose(settings)
    composition.store.reboot_bell()
    data_dir = settings.data_dir.absolute()
    composition.close()
    binding = Binding(host, port, workers or default_workers(), logs_access=logs_access)
    click.echo(f"Tiger Tally {__version__} serves http://{binding.address}")
    click.echo(f"Its data lies in {data_dir}; back it up, and keep it to yourself.")
    _say_what_is_next(settings, binding)
    sys.stdout.flush()
    # Once for all workers, which share the memory of what is read before they are forked.
    load_contract().prepare()
    load_catalogue()
    # Everything loaded so far lives as long as the service. The collector need not look at it
    # again, least of all when a worker ends: that was half the cost of a short life.
    gc.collect()
    gc.freeze()
    Service(settings, binding).run()


def _say_what_is_next(settings: Settings, binding: Binding) -> None:
    root = settings.public_url or f"http://{binding.reachable_address}"
    register = "tigertally users create NAME"
    if settings.registration is Registration.OPEN and (WEBUI / "index.html").is_file():
        register = f"{root}/register, or `{register}`"
    click.echo(f"First account: {register}")
    click.echo(f"API reference: {root}/api/docs")
    click.echo("Stop it with Ctrl-C, or SIGTERM: what has begun is answered first.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_taken_port(host: str, port: int, other_port: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"{host}:{port} cannot be listened on: {error.strerror}",
                remedy=f"stop what uses it, or {other_port}",
            ) from None


def _warn_of_unsafe_settings(settings: Settings, host: str) -> None:
    if not settings.https and not _is_loopback(host):
        click.echo(
            f"tigertally: {host} can be reached from other machines, and passwords travel in the "
            "clear: put a proxy with TLS before it, and set TALLY_PUBLIC_URL=https://…",
            err=True,
        )
    if settings.rate_limits is Switch.OFF:
        click.echo("tigertally: rate limits are off: for load tests only.", err=True)
