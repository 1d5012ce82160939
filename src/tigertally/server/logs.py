"""How the service logs: for eyes, or one JSON object a line for machines. Never a secret."""

import json
import logging
from datetime import UTC, datetime

from flask import g, has_app_context

from tigertally.clock import rfc3339
from tigertally.settings import LogFormat


class RequestId(logging.Filter):
    """Gives each record the id of the request that it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request_id``; keeps every record."""
        record.request_id = g.get("tally_request_id", "-") if has_app_context() else "-"
        return True


class JsonFormatter(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        entry = {
            "at": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
            "process": record.process,
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Writes times in UTC, as the history and the JSON log do (RFC 3339)."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return when it happened."""
        del datefmt
        return rfc3339(datetime.fromtimestamp(record.created, UTC))


def start_logging(log_format: LogFormat) -> None:
    """Log to standard error from now on."""
    logging.basicConfig(level=logging.INFO, handlers=[_handler(log_format)], force=True)
    # Alembic reports each look at the schema.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def log_apart(log_format: LogFormat) -> None:
    """Write our own lines to standard error in a format; the application's log stays its own."""
    ours = logging.getLogger("tigertally")
    ours.handlers = [_handler(log_format)]
    ours.propagate = False


def _handler(log_format: LogFormat) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.addFilter(RequestId())
    handler.setFormatter(
        JsonFormatter()
        if log_format is LogFormat.JSON
        else TextFormatter("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")
    )
    return handler
