"""Options that many commands share, and the settings from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tigertally.settings import Settings


def location_options(command: Any) -> Any:
    """Add the options for data directory and database, which the main command has too."""
    command = click.option("--database-url", help="As TALLY_DATABASE_URL.")(command)
    return click.option("--data-dir", type=click.Path(path_type=Path), help="As TALLY_DATA_DIR.")(
        command
    )


def settings_from(**options: object) -> "Settings":
    """Return the settings from this command's options, the main command's, the environment."""
    # Not at the top: help is shown without them.
    from tigertally.settings import load_settings  # noqa: PLC0415

    given = dict(click.get_current_context().find_root().obj or {})
    given |= {name: value for name, value in options.items() if value is not None}
    return load_settings(given)
