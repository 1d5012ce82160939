"""Options that many commands share, and the settings from them."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from tigertally.settings import Settings


GIVEN: Final = "tigertally.given"
"""Where a command finds the options of the main command: in click's ``meta``."""

APP: Final = "tigertally.app"
"""Where it finds the application that `flask tally` is about."""


WHEN: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])
"""A time in UTC."""


def keep_new_files_private(context: click.Context) -> None:
    """Let only the owner read files that a command creates.

    Afterwards it is as before: an application's tests call commands in their own process.
    """
    context.call_on_close(partial(os.umask, os.umask(0o077)))


def location_options(command: Any) -> Any:
    """Add the options for data directory and database, which the main command has too."""
    command = click.option("--database-url", help="As TALLY_DATABASE_URL.")(command)
    return click.option("--data-dir", type=click.Path(path_type=Path), help="As TALLY_DATA_DIR.")(
        command
    )


def settings_from(**options: object) -> "Settings":
    """Return the settings from this command's options, the main command's, the environment.

    For `flask tally` also from the configuration of the application.
    """
    # Not at the top: help is shown without them.
    from tigertally.settings import load_settings  # noqa: PLC0415

    meta = click.get_current_context().meta
    given = dict(meta.get(GIVEN, {}))
    given |= {name: value for name, value in options.items() if value is not None}
    if APP not in meta:
        return load_settings(given)
    from tigertally.server.embed import settings_of  # noqa: PLC0415 - needs Flask

    return settings_of(meta[APP], **given)
