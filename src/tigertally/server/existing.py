"""For commands that only read: finds a service's data, and never creates any.

Otherwise a command in the wrong folder would create an empty database there, and answer that nobody
is signed in.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tigertally.errors import SetupError, StoreUnavailable
from tigertally.server.data_dir import SECRET_FILE, database_url, master_secret
from tigertally.settings import Settings
from tigertally.storage.sql.dialects import Dialect, database_file, open_engine
from tigertally.storage.sql.schema import SchemaState, schema_state
from tigertally.storage.sql.store import translated_errors


class NothingThere(SetupError):
    """There is no service's data at these places."""


@contextmanager
def what_exists(settings: Settings) -> Iterator[Settings]:
    """Yield settings that lead to an existing database and master secret.

    Raises SetupError that names the places. If the data directory is missing, because neither of
    the two is in it, a temporary one replaces it.
    """
    has_own_secret = settings.secret is not None or settings.secret_file is not None
    if has_own_secret:
        master_secret(settings)
    can_be_read = _require_schema(settings)
    folder = settings.data_dir.absolute()
    if can_be_read and not has_own_secret and not (folder / SECRET_FILE).exists():
        raise NothingThere(
            f"there is no master secret in {folder}, and none is set",
            remedy="name the data directory of the service with --data-dir or TALLY_DATA_DIR, or "
            "set TALLY_SECRET or TALLY_SECRET_FILE as the service has it",
        )
    if folder.exists():
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="tally-") as temporary:
        yield settings.model_copy(
            update={"data_dir": Path(temporary), "database_url": database_url(settings)}
        )


@contextmanager
def what_would_be(settings: Settings) -> Iterator[Settings]:
    """Yield the same, or settings for a temporary place if there is no data."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(what_exists(settings))
        except NothingThere:
            aside = stack.enter_context(tempfile.TemporaryDirectory(prefix="tally-"))
            found = settings.model_copy(update={"data_dir": Path(aside), "database_url": None})
        yield found


@contextmanager
def existing_database(url: str) -> Iterator[tuple[Engine, Dialect]]:
    """Open an existing database. Raises SetupError that names the places."""
    engine, dialect = open_engine(url)
    try:
        if not dialect.networked and not (file := database_file(engine)).exists():
            raise NothingThere(
                f"there is no database at {file}",
                remedy="name the data directory of the service with --data-dir or TALLY_DATA_DIR, "
                "or its database with --database-url or TALLY_DATABASE_URL; "
                "`tigertally db upgrade` makes a new one",
            )
        yield engine, dialect
    finally:
        engine.dispose()


def _require_schema(settings: Settings) -> bool:
    """Tell whether the database can be read. Opening it tells why not."""
    with existing_database(database_url(settings)) as (engine, _):
        try:
            with translated_errors():
                state = schema_state(engine)
        except StoreUnavailable:
            return False
    if state is SchemaState.CURRENT:
        return True
    shown = engine.url.render_as_string()
    if state is SchemaState.EMPTY:
        raise NothingThere(
            f"the database {shown} holds nothing of ours",
            remedy="name the one of the service with --database-url or TALLY_DATABASE_URL; "
            "`tigertally db upgrade` makes the tables",
        )
    raise SetupError(
        f"the database {shown} has the schema of an older version",
        remedy="run `tigertally db upgrade`",
    )
