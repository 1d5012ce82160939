"""The history as files: CSV for spreadsheets, JSON Lines for programs."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from tigertally.clock import rfc3339
from tigertally.core.events import Event
from tigertally.core.reserved import defused

_LINES: Final = 500
"""Lines in one piece of a file."""

MEMBERS: Final = (
    "id",
    "at",
    "name",
    "outcome",
    "reason",
    "user_id",
    "actor_id",
    "session_id",
    "device_type",
    "device_name",
    "user_agent",
    "ip",
    "changes",
)
"""What is exported of an event."""


def members_of(event: Event) -> dict[str, object]:
    """Return an event as it is exported."""
    device = event.device
    return {
        "id": event.number,
        "at": rfc3339(event.at),
        "name": event.name.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "user_id": event.user_id,
        "actor_id": event.actor_id,
        "session_id": event.session_id,
        "device_type": device.type.value if device else None,
        "device_name": device.name if device else None,
        "user_agent": device.user_agent if device else None,
        "ip": device.ip if device else None,
        "changes": {
            name: [change.before, change.after] for name, change in (event.changes or {}).items()
        },
    }


def cells_of(event: Event) -> dict[str, str]:
    """Return an event as texts, empty for what it has not."""
    return {name: _cell(value) for name, value in members_of(event).items()}


def as_csv(found: Iterable[Event]) -> Iterator[bytes]:
    """Yield the file, a piece at a time. No cell of it is run by a spreadsheet."""
    yield _csv_lines([MEMBERS])
    for events in _in_pieces(found):
        yield _csv_lines([map(defused, cells_of(event).values()) for event in events])


def as_jsonl(found: Iterable[Event]) -> Iterator[bytes]:
    """Yield the file, a piece at a time."""
    for events in _in_pieces(found):
        yield "".join(f"{_json(members_of(event))}\n" for event in events).encode()


FILES: Final[Mapping[str, Callable[[Iterable[Event]], Iterator[bytes]]]] = {
    "text/csv": as_csv,
    "application/jsonl": as_jsonl,
}
"""By media type."""


def _in_pieces(found: Iterable[Event]) -> Iterator[list[Event]]:
    coming = iter(found)
    while events := list(islice(coming, _LINES)):
        yield events


def _csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    # RFC 4180. With less, Python writes a lone carriage return without quotes: a spreadsheet would
    # begin a row behind it, and run what stands there.
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None or value == {}:
        return ""
    return _json(value) if isinstance(value, dict) else str(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
