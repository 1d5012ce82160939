"""Logging: text for people, or one JSON object a line for machines. Never a secret."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from tigertally.clock import rfc3339
from tigertally.settings.web import LogFormat

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class RequestId(logging.Filter):
    """Gives each record the id of the request that it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request_id``; keeps every record."""
        # Only if Flask is loaded: the feed process and most commands serve no requests.
        flask = sys.modules.get("flask")
        serving = flask is not None and flask.has_app_context()
        record.request_id = flask.g.get("tally_request_id", "-") if flask and serving else "-"
        return True


class JsonFormatter(logging.Formatter):
    """Writes one JSON object a line."""

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
    """Writes times in UTC, as the history and the JSON log do (RFC 3339).

    A record is one line; its details follow below, indented. So no text of a caller, a database or
    a provider can look like another record.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line with control characters escaped."""
        record.message = _CONTROLS.sub(_escaped, record.message)
        return super().formatMessage(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802
        """Return the trace with each line indented."""
        lines = super().formatException(ei).splitlines()
        return "\n".join("  " + _CONTROLS.sub(_escaped, line) for line in lines)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time of the record."""
        del datefmt
        return rfc3339(datetime.fromtimestamp(record.created, UTC))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def start_logging(log_format: LogFormat) -> None:
    """Log to standard error from now on."""
    logging.basicConfig(level=logging.INFO, handlers=[_handler(log_format)], force=True)
    # Alembic logs each check of the schema.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def log_apart(log_format: LogFormat) -> None:
    """Write our own log to standard error in this format. Leave the application's log alone."""
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
