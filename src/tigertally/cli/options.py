"""Options that many commands have, and the settings that they lead to."""

from pathlib import Path
from typing import Any

import click

from tigertally.settings import Settings, load_settings


def location_options(command: Any) -> Any:
    """Let a command name the data directory and database itself, besides the main command."""
    command = click.option("--database-url", help="As TALLY_DATABASE_URL.")(command)
    return click.option("--data-dir", type=click.Path(path_type=Path), help="As TALLY_DATA_DIR.")(
        command
    )


def settings_from(**options: object) -> Settings:
    """Return the settings: options of this command, of the main command, the environment."""
    given = dict(click.get_current_context().find_root().obj or {})
    given |= {name: value for name, value in options.items() if value is not None}
    return load_settings(given)
