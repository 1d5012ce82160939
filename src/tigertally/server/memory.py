"""Data that ends with the process, for tests: a directory, in memory where the machine has some.

A database in SQLite's own memory could be opened by one connection only.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tigertally.errors import SetupError
from tigertally.server.compose import compose
from tigertally.settings import Settings, load_settings


def temporary_data() -> "TemporaryDirectory[str]":
    """Make a directory that is removed when it is closed, or with the process."""
    folder = Path("/dev/shm")  # noqa: S108 - within it, a directory of our own is made
    # On a disk, each commit would wait for it.
    in_memory = sys.platform == "linux" and os.access(folder, os.W_OK)
    return TemporaryDirectory(prefix=f"tally-{os.getpid()}-", dir=folder if in_memory else None)


@contextmanager
def in_memory(settings: Settings, *, testing: bool) -> Iterator[Settings]:
    """Yield settings for data that ends with the application. Raises SetupError outside tests."""
    if not testing:
        raise SetupError(
            "a database in memory ends with the process, and no other process sees it",
            remedy="name a file in TALLY_DATABASE_URL; in a test, set app.config['TESTING'] = True "
            "before TigerTally(app)",
        )
    with temporary_data() as folder:
        yield settings.model_copy(update={"data_dir": Path(folder), "database_url": None})


def prepare(folder: Path) -> None:
    """Make a data directory with a secret, keys and an empty database, for tests to copy."""
    settings = {"data_dir": folder, "password_cost": "testing"}
    compose(load_settings(settings, environ={})).close()
