"""The log: one record, one line, whatever stands in it."""

import json
import logging
import re
import sys

import pytest

from tigertally.server.logs import JsonFormatter, TextFormatter

FORGED = "x\n2026-01-01T00:00:00Z INFO tigertally [-] all is well\r\x1b[2K\x85\u2028y\t虎"
TEXT = TextFormatter("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")


def record(message: str, *, trace: bool = False) -> logging.LogRecord:
    """Return what a line of code has to say."""
    found = None
    if trace:
        try:
            int(message)
        except ValueError as error:
            error.add_note(message)
            found = sys.exc_info()
    made = logging.LogRecord("tigertally", logging.ERROR, "x.py", 1, "said: %s", (message,), found)
    made.request_id = "r1"
    return made


def test_no_text_begins_a_log_line() -> None:
    line = TEXT.format(record(FORGED))
    assert line.splitlines() == [line]
    assert "\\n2026-01-01" in line
    assert "\x1b" not in line
    # Nothing else is touched.
    assert line.endswith("\\u2028y\t虎")


def test_a_trace_stands_below_its_record_and_looks_like_no_other() -> None:
    first, *below = TEXT.format(record(FORGED, trace=True)).splitlines()
    assert first.startswith("20")
    assert "Traceback" in below[0]
    assert any("ValueError" in line for line in below)
    assert all(line.startswith("  ") for line in below)


@pytest.mark.parametrize("trace", [False, True])
def test_a_line_of_json_is_one_object_whatever_stands_in_it(trace: bool) -> None:
    line = JsonFormatter().format(record(FORGED, trace=trace))
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == f"said: {FORGED}"
    assert {"at", "level", "logger", "request_id", "process"} <= said.keys()
    assert ("trace" in said) == trace


def test_times_are_utc_in_both_formats() -> None:
    made = record("x")
    made.created = 1_700_000_000.25
    at = r"2023-11-14T22:13:20(?:\.250*)?Z"
    assert re.match(at + " ", TEXT.format(made))
    assert re.fullmatch(at, json.loads(JsonFormatter().format(made))["at"])
