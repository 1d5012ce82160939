"""The composition for commands: the same one that serves requests, in this process.

What it takes is imported when a command runs: help is shown without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

from tigertally.cli.options import APP, settings_from

if TYPE_CHECKING:
    from tigertally.server.compose import Composition
    from tigertally.settings import Settings


@contextmanager
def composed(**options: object) -> Iterator["Composition"]:
    """Open a service's existing data for a command, and close it again. Creates nothing."""
    from tigertally.server.existing import what_exists  # noqa: PLC0415 - see above

    with what_exists(settings_from(**options)) as settings, _composed(settings) as composition:
        yield composition


@contextmanager
def composed_anew(**options: object) -> Iterator["Composition"]:
    """Open everything for a command that may be the first one, and create what is missing."""
    with _composed(settings_from(**options)) as composition:
        yield composition


@contextmanager
def composed_aside(**options: object) -> Iterator["Composition"]:
    """Open a service's existing data, or a temporary place, for a dry run."""
    from tigertally.server.existing import what_would_be  # noqa: PLC0415 - see above

    with what_would_be(settings_from(**options)) as settings, _composed(settings) as composition:
        yield composition


@contextmanager
def _composed(settings: "Settings") -> Iterator["Composition"]:
    from tigertally.server.compose import ALONE, compose  # noqa: PLC0415 - see above

    host, app = ALONE, click.get_current_context().meta.get(APP)
    if app is not None:
        from tigertally.server.embed import host_of  # noqa: PLC0415 - needs Flask

        host = host_of(app)
    composition = compose(settings, host=host)
    try:
        # The application's own users may be in a database that Flask binds to a context.
        with app.app_context() if app is not None else nullcontext():
            yield composition
    finally:
        composition.close()
