"""Lets an error of the driver take SQLAlchemy's way, where a statement went past SQLAlchemy."""

from typing import Any, NoReturn

from sqlalchemy import Connection


def raise_translated(connection: Connection, error: BaseException, cursor: Any = None) -> NoReturn:
    """Raise what SQLAlchemy would have raised.

    The same happens as within its own execution: a lost connection leaves the pool, and our
    ``handle_error`` hooks are called. There is no public name for it.
    """
    connection._handle_dbapi_exception(error, None, None, cursor, None)  # noqa: SLF001
