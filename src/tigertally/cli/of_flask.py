"""`flask tally`: the commands for an application that embeds the product, with its settings.

Flask finds it by the entry point ``flask.commands``; no application has to add it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

import click
from flask.cli import ScriptInfo

from tigertally.cli import COMMANDS, Group, Listed
from tigertally.cli.options import APP, GIVEN, keep_new_files_private
from tigertally.flask.adapter import services_of

ELSEWHERE: Final = frozenset({"dev", "feed", "serve", "verify"})
"""Commands that are about no application."""


class AppCommands(Group):
    """The commands that make sense for an application."""

    listed: ClassVar[Mapping[str, Listed]] = {
        name: one for name, one in COMMANDS.items() if name not in ELSEWHERE
    }


@click.group(cls=AppCommands)
@click.option("--data-dir", type=click.Path(path_type=Path), help="As TALLY_DATA_DIR.")
@click.option("--database-url", help="As TALLY_DATABASE_URL.")
@click.pass_context
def tally(context: click.Context, data_dir: Path | None, database_url: str | None) -> None:
    """Accounts, sessions, events and keys of this application."""
    keep_new_files_private(context)
    app = context.ensure_object(ScriptInfo).load_app()
    # Raises SetupError where the application has no Tiger Tally.
    services_of(app)
    context.meta[APP] = app
    context.meta[GIVEN] = {"data_dir": data_dir, "database_url": database_url}
