"""The ``tigertally`` command. Each group of commands is a file. Commands contain no rules."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import click

from tigertally.cli.options import GIVEN, keep_new_files_private
from tigertally.errors import InvalidRequest, StoreUnavailable, TallyError
from tigertally.version import __version__


class Listed(NamedTuple):
    """A command in the list of commands."""

    file: str
    summary: str
    """The first sentence of its help, so that listing it does not load it."""


COMMANDS: Final = {
    "db": Listed("databases", "Manage the database."),
    "dev": Listed("dev", "Try things out without accounts elsewhere."),
    "doctor": Listed("doctor", "Check the set-up."),
    "events": Listed("events", "Events: list them, export them, newest first."),
    "feed": Listed(
        "feed",
        "Run this machine's revocation feed (needed only with your own application server).",
    ),
    "keys": Listed("keys", "Manage the keys that sign access tokens: next, current, retired."),
    "outbox": Listed("outbox", "Send the messages that are waiting, once."),
    "roles": Listed("roles", "Roles: list them, create, change and delete them."),
    "serve": Listed("serve", "Serve the API and the web application."),
    "services": Listed(
        "services",
        "Other services that verify tokens: add, list and end them, exchange their keys.",
    ),
    "sessions": Listed("sessions", "Sessions: list them, end them."),
    "settings": Listed(
        "settings", "Print all settings as Markdown; docs/settings.md is this output."
    ),
    "users": Listed(
        "users", "Accounts: create, import, list and show them; set a password or roles."
    ),
    "verify": Listed("verify", "Verify access tokens for a proxy such as nginx, Traefik or Caddy."),
}
"""Each command, its file and what it does."""


class Group(click.Group):
    """Turns our errors into a sentence and exit code 2; faults keep their traceback.

    A command's file is loaded when the command is used, not when it is listed. A feed process must
    start soon after one was killed, and needs neither Flask nor the other commands' imports.
    """

    listed: ClassVar[Mapping[str, Listed]] = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all commands."""
        return sorted(self.listed)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """Return a command, or ``None`` for an unknown one."""
        if cmd_name not in self.listed:
            return None
        found = getattr(import_module(f"tigertally.cli.{self.listed[cmd_name].file}"), cmd_name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands in click's layout, without loading their files."""
        listed = [click.Command(name, help=one.summary) for name, one in self.listed.items()]
        click.Group(commands=listed).format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InvalidRequest as error:
            from tigertally.contract.schema import spoken  # noqa: PLC0415 - the contract takes a while

            for name, texts in spoken(error.fields, "en").items():
                click.echo(f"tigertally: {name}: {' '.join(texts)}", err=True)
            ctx.exit(2)
        except StoreUnavailable as error:
            click.echo(f"tigertally: {error}", err=True)
            if error.remedy:
                click.echo(f"  What to do: {error.remedy}", err=True)
            ctx.exit(2)
        except TallyError as error:
            click.echo(f"tigertally: {error}", err=True)
            ctx.exit(2)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tigertally")
@click.option("--data-dir", type=click.Path(path_type=Path), help="As TALLY_DATA_DIR.")
@click.option("--database-url", help="As TALLY_DATABASE_URL.")
@click.pass_context
def main(context: click.Context, data_dir: Path | None, database_url: str | None) -> None:
    """Complete sign-in for Python web applications, with real sign-out."""
    keep_new_files_private(context)
    context.meta[GIVEN] = {"data_dir": data_dir, "database_url": database_url}
