"""The command that verifies tokens for a proxy."""

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Literal

import click

from tigertally.core.services import SILENCE
from tigertally.errors import SetupError


@click.command()
@click.option("--listen", "place", default="127.0.0.1:8002", show_default=True, help="HOST:PORT.")
@click.option("--url", required=True, help="Address of the sign-in service.")
@click.option(
    "--service-key-file",
    required=True,
    type=click.Path(path_type=Path),
    help="File with the line that `tigertally services add NAME` printed.",
)
@click.option("--issuer", help="Issuer of the tokens; by default the url.")
@click.option("--audience", help="Audience of the tokens; by default the issuer.")
@click.option("--api", default="/api", show_default=True, help="As TALLY_API_PREFIX there.")
@click.option(
    "--silence",
    type=float,
    default=SILENCE,
    show_default=True,
    help="Seconds for which it relies on what it heard.",
)
@click.option(
    "--on-silence",
    type=click.Choice(["refuse", "until_expiry"]),
    default="refuse",
    show_default=True,
    help="What to do while the service does not answer.",
)
def verify(  # noqa: PLR0913 - options
    *,
    place: str,
    url: str,
    service_key_file: Path,
    issuer: str | None,
    audience: str | None,
    api: str,
    silence: float,
    on_silence: Literal["refuse", "until_expiry"],
) -> None:
    """Verify access tokens for a proxy such as nginx, Traefik or Caddy."""
    # Not at the top: help is shown without it.
    from tigertally.verify import AsyncVerifier  # noqa: PLC0415
    from tigertally.verify.sidecar import listen  # noqa: PLC0415

    logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stderr)
    host, port = _place(place)
    key = _key(service_key_file)

    async def run() -> None:
        verifier = AsyncVerifier(
            url,
            key,
            issuer=issuer,
            audience=audience,
            api=api,
            silence=silence,
            on_silence=on_silence,
        )
        try:
            server = await listen(verifier, host, port)
        except OSError as error:
            raise SetupError(
                f"{place} cannot be listened on: {error.strerror}",
                remedy="stop what uses it, or name another with --listen",
            ) from None
        click.echo(f"Verifying tokens of {url} at http://{place}", err=True)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with server:
            await stopped.wait()
        await verifier.close()

    asyncio.run(run())


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise SetupError(f"{text!r} is no place to listen", remedy="use one like 127.0.0.1:8002")
    return host.strip("[]"), int(port)


def _key(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            f"the service key cannot be read: {error}",
            remedy="write the line that `tigertally services add NAME` printed to that file",
        ) from None
