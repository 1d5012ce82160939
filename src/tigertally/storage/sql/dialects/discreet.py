"""Keeps values out of SQLAlchemy's log and errors; statements stay.

At DEBUG, SQLAlchemy logs each row that it reads, with hashes and sealed keys. `hide_parameters`
hides only what is sent. PostgreSQL repeats the whole row in the details of an error.
"""

import logging
from typing import Any, Final

from sqlalchemy import ExceptionContext

_NAME: Final = "tigertally"

DISCREET: Final[dict[str, Any]] = {"hide_parameters": True, "logging_name": _NAME}
"""Arguments of `create_engine` for every engine."""


def hide_details(context: ExceptionContext) -> None:
    """Keep only the primary message of a server's error, if the driver provides it."""
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    said = getattr(error, "diag", None)
    if said is None or not said.message_detail:
        return
    whole = str(error)
    error.args = (said.message_primary,)
    if wrapped is not None:
        wrapped.args = (str(wrapped.args[0]).replace(whole, said.message_primary),)


class _Unread:
    """Stands in the log where a row would."""

    def __repr__(self) -> str:
        return "(hidden)"


class _HideRows(logging.Filter):
    """Removes the values from log records about rows."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, without the row."""
        if str(record.msg).endswith("Row %r"):
            record.args = (_Unread(),)
        return True


# A filter works only at the logger that writes. This one belongs to our engines alone.
logging.getLogger(f"sqlalchemy.engine.Engine.{_NAME}").addFilter(_HideRows())
