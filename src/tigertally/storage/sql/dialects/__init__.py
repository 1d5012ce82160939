"""The narrow edge where database engines differ."""

from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import NoSuchModuleError

from tigertally.errors import SetupError
from tigertally.storage.sql.dialects.address import read_address
from tigertally.storage.sql.dialects.base import (
    CHANNEL,
    CONNECT_PATIENCE,
    MIGRATION_PATIENCE,
    PATIENCE,
    Dialect,
)
from tigertally.storage.sql.dialects.mysql import MysqlDialect
from tigertally.storage.sql.dialects.postgres import PostgresDialect
from tigertally.storage.sql.dialects.proof import STANDING, ReadOnlyServer, believed
from tigertally.storage.sql.dialects.sqlite import SqliteDialect, database_file

__all__ = [
    "CHANNEL",
    "CONNECT_PATIENCE",
    "MIGRATION_PATIENCE",
    "PATIENCE",
    "STANDING",
    "Dialect",
    "ReadOnlyServer",
    "believed",
    "database_file",
    "open_engine",
]

_DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": SqliteDialect(),
    "postgresql": PostgresDialect(),
    "postgres": PostgresDialect(),
    "mysql": MysqlDialect(),
    "mariadb": MysqlDialect(),
}

_EXTRAS: Final = {"postgresql": "postgres", "postgres": "postgres"}


def open_engine(database_url: str, *, patience: int = PATIENCE) -> tuple[Engine, Dialect]:
    """Return an engine for a database, and its dialect. Raises SetupError.

    Make one per process, after a fork: connections cannot be shared across it.
    """
    url = read_address(database_url)
    kind = url.get_backend_name()
    dialect = _DIALECTS[kind]
    try:
        return dialect.open(url, patience=patience), dialect
    except (ModuleNotFoundError, NoSuchModuleError):
        raise SetupError(
            f"the driver for {kind} is not installed",
            remedy=f'pip install "tigertally[{_EXTRAS.get(kind, "mysql")}]"',
        ) from None
