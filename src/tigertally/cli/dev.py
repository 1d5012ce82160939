"""Commands for developers: other services to try things out with."""

import sys

import click

from tigertally.errors import SetupError
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
    try:
        stand_in = StandIn(host=host, port=port, accept_mock_codes=True)
    except OSError as error:
        raise SetupError(
            f"{host}:{port} cannot be listened on: {error.strerror}",
            remedy="stop what uses it, or name another with --port",
        ) from None
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
    click.echo("Stop it with Ctrl+C.")
    sys.stdout.flush()
    try:
        stand_in.serve_forever()
    except KeyboardInterrupt:
        click.echo()


@dev.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5056, show_default=True, type=click.IntRange(0, 65535))
def feed(host: str, port: int) -> None:
    """Run a feed that misbehaves on command, for programs that verify tokens.

    Prints its address, a service key and an access token to try them out with.
    """
    try:
        stand_in = FeedStandIn(host=host, port=port)
    except OSError as error:
        raise SetupError(
            f"{host}:{port} cannot be listened on: {error.strerror}",
            remedy="stop what uses it, or name another with --port",
        ) from None
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
    click.echo("\nStop it with Ctrl+C.")
    sys.stdout.flush()
    try:
        stand_in.serve_forever()
    except KeyboardInterrupt:
        click.echo()
