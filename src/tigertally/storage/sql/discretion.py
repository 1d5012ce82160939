"""Keeps what is read from our tables out of the log.

The library does not log values that are sent (``hide_parameters``), but at DEBUG each row that
comes back: password hashes, sealed keys. Our engines log under a name of their own, so that rows of
an application beside us are shown as ever.
"""

import logging
from typing import Final

LOGGING_NAME: Final = "tigertally"
"""The ``logging_name`` of our engines."""


class _Discretion(logging.Filter):
    """Drops records that hold a row."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record may be written."""
        return "Row %r" not in str(record.msg)


logging.getLogger(f"sqlalchemy.engine.Engine.{LOGGING_NAME}").addFilter(_Discretion())
