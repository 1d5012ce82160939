"""Commands for developers: other services to try things out with."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import click

from tigertally.errors import SetupError
from tigertally.testing.messages import MailServer, SmsGateway
from tigertally.testing.messages.gateway import Sms
from tigertally.testing.messages.mail_server import text_of
from tigertally.testing.verifying import FAULTS, FeedStandIn
from tigertally.testing.wechat import StandIn


@click.group()
def dev() -> None:
    """Try things out without accounts elsewhere. Never for production."""


@dev.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5055, show_default=True, type=click.IntRange(0, 65535))
def wechat(host: str, port: int) -> None:
    """Run a WeChat and a Douyin of your own, for sign-in without an app id.

    Prints the settings to start `tigertally serve` with. The code that WeChat's developer tools
    give to projects without an app id is accepted too.
    """
    with _listening(host, port):
        stand_in = StandIn(host=host, port=port, accept_mock_codes=True)
    first, second = stand_in.app_ids[:2]
    click.echo(f"A stand-in for WeChat and Douyin answers at {stand_in.url}\n")
    click.echo("In another terminal:\n")
    for name, value in {
        "WECHAT_BASE_URL": stand_in.url,
        "WECHAT_MINI_APP_ID": first,
        "WECHAT_MINI_APP_SECRET": stand_in.secret(first),
        "WECHAT_PUSH_TOKEN": "a-token-of-yours",
        "WECHAT_WEB_PAGE_URL": stand_in.url,
        "WECHAT_WEB_APP_ID": second,
        "WECHAT_WEB_APP_SECRET": stand_in.secret(second),
        "DOUYIN_BASE_URL": stand_in.url,
        "DOUYIN_MINI_APP_ID": first,
        "DOUYIN_MINI_APP_SECRET": stand_in.secret(first),
    }.items():
        click.echo(f"  export TALLY_{name}={value}")
    click.echo("  tigertally serve          # where you built it yourself: make run\n")
    click.echo("Then sign in with a code, as `wx.login` gives one:\n")
    click.echo("  curl -H 'Content-Type: application/json' \\")
    click.echo(
        f'    -d "{{\\"code\\": \\"$(curl -s {stand_in.url}/dev/code.txt?person=ada)\\"}}" \\'
    )
    click.echo("    http://127.0.0.1:5000/api/auth/login/wechat-mini\n")
    click.echo(
        "Or press the WeChat button at http://127.0.0.1:5000, and choose who scans the code."
    )
    click.echo("docs/wechat.md says how to break its answers, and how to send messages.\n")
    _answer_until_stopped(stand_in.serve_forever)


@dev.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5056, show_default=True, type=click.IntRange(0, 65535))
def feed(host: str, port: int) -> None:
    """Run a feed that misbehaves on command, for programs that verify tokens.

    Prints its address, a service key and an access token to try them out with.
    """
    with _listening(host, port):
        stand_in = FeedStandIn(host=host, port=port)
    token, session_id = stand_in.sign_in()
    click.echo(f"url:          {stand_in.url}")
    click.echo(f"service key:  {stand_in.history.key.reveal()}")
    click.echo(f"access token: {token}")
    click.echo(f"session:      {session_id}\n")
    click.echo("Commands, with `curl -X POST`:\n")
    for command in ("end?session=…&reason=kicked", "sign-in?user=…", "reset", "fill?count=1000000"):
        click.echo(f"  {stand_in.url}/dev/{command}")
    click.echo(f"  {stand_in.url}/dev/fault?name=…    without a name it is well again\n")
    for name, meaning in FAULTS.items():
        click.echo(f"  {name:14} {meaning}")
    click.echo()
    _answer_until_stopped(stand_in.serve_forever)


@dev.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5025, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--page-port",
    default=5057,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the page that shows the letters.",
)
def mail(host: str, port: int, page_port: int) -> None:
    """Run a mail server that keeps every letter and shows it, and sends nothing on.

    Prints the settings to start `tigertally serve` with, and each letter as it arrives.
    """
    with _listening(host, port):
        server = MailServer(host=host, port=port, page_port=page_port, told=_show_letter)
    settings = {"SMTP_URL": server.url, "MAIL_FROM": "Tiger Tally <tally@localhost>"}
    _tell_settings("A mail server", settings, page=server.address)
    with server:
        _answer_until_stopped(server.wait)


@dev.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5058, show_default=True, type=click.IntRange(0, 65535))
def sms(host: str, port: int) -> None:
    """Run an SMS gateway that keeps every message and shows it, and sends nothing on.

    Prints the settings to start `tigertally serve` with, and each message as it arrives.
    """
    with _listening(host, port):
        gateway = SmsGateway(host=host, port=port, told=_show_sms)
    settings = {"SMS": "http", "SMS_URL": gateway.url, "SMS_KEY_SECRET": gateway.key_secret}
    _tell_settings("An SMS gateway", settings, page=gateway.address)
    with gateway:
        _answer_until_stopped(gateway.wait)


@contextmanager
def _listening(host: str, port: int) -> Iterator[None]:
    """Turn a port that cannot be had into a sentence."""
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"{host}:{port} cannot be listened on: {error.strerror}",
            remedy="stop what uses it, or name another with --port",
        ) from None


def _answer_until_stopped(answer: Callable[[], None]) -> None:
    click.echo("Stop it with Ctrl+C.")
    sys.stdout.flush()
    try:
        answer()
    except KeyboardInterrupt:
        click.echo()


def _tell_settings(what: str, settings: dict[str, str], *, page: str) -> None:
    click.echo(f"{what} for this machine. What arrives is shown here, and at {page}\n")
    click.echo("In another terminal:\n")
    for name, value in settings.items():
        click.echo(f"  export TALLY_{name}={shlex.quote(value)}")
    click.echo("  tigertally serve          # where you built it yourself: make run\n")


def _show_letter(letter: EmailMessage) -> None:
    click.echo(f"\n{letter['To']}: {letter['Subject']}\n\n{text_of(letter)}")
    sys.stdout.flush()


def _show_sms(message: Sms) -> None:
    click.echo(f"{message.phone}: {message.code} ({message.letter}, {message.locale})")
    sys.stdout.flush()
