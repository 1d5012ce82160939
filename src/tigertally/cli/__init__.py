"""The ``tigertally`` command. Each group of commands is a file. Commands contain no rules."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from tigertally.errors import InvalidRequest, StoreUnavailable, TallyError
from tigertally.version import __version__

COMMANDS: Final = {
    "db": "databases",
    "dev": "dev",
    "doctor": "doctor",
    "events": "events",
    "feed": "feed",
    "keys": "keys",
    "serve": "serve",
    "sessions": "sessions",
    "settings": "settings",
    "users": "users",
}
"""Each command, and its file."""


class Group(click.Group):
    """Turns our errors into a sentence and exit code 2; faults keep their traceback.

    A command's file is loaded on demand. A feed process must start soon after one was killed, and
    needs neither Flask nor the other commands' imports.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """Return a command, or ``None`` for an unknown one."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"tigertally.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return found if isinstance(found, click.Command) else None

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
    # Only the owner may read files that a command creates.
    os.umask(0o077)
    context.obj = {"data_dir": data_dir, "database_url": database_url}
