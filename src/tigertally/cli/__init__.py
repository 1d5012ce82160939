"""The ``tigertally`` command. Each group of commands is a file; none holds a rule."""

import os
from pathlib import Path
from typing import Any

import click

from tigertally.cli.databases import db
from tigertally.cli.dev import dev
from tigertally.cli.doctor import doctor
from tigertally.cli.feed import feed
from tigertally.cli.keys import keys
from tigertally.cli.serve import serve
from tigertally.cli.sessions import sessions
from tigertally.cli.settings import settings
from tigertally.cli.users import users
from tigertally.errors import InvalidRequest, StoreUnavailable, TallyError
from tigertally.openapi import spoken
from tigertally.version import __version__


class Group(click.Group):
    """Turns our errors into a sentence and exit code 2; faults keep their traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InvalidRequest as error:
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
    # Whatever a command makes is for its owner only.
    os.umask(0o077)
    context.obj = {"data_dir": data_dir, "database_url": database_url}


for command in (serve, feed, db, keys, users, sessions, doctor, settings, dev):
    main.add_command(command)
