"""Checks of the system for `tigertally serve`."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from tigertally.cli.doctor.finding import Finding
from tigertally.settings import Settings

CONNECTIONS_MIN: Final = 512


def server(_settings: Settings) -> Iterator[Finding]:
    """Check how many callers a worker can have at once, and whether it has the fastest loop."""
    if not all(map(find_spec, ("gunicorn", "httptools"))):
        yield Finding(
            "`tigertally serve` is not installed here: embedding applications do not need it"
        )
        return
    # Not at the top: it needs a module that exists on Unix only.
    from tigertally.server.edge.open_files import spare_files  # noqa: PLC0415

    found = spare_files()
    few = f"raise the limit of open files (`ulimit -n`, LimitNOFILE=) to {CONNECTIONS_MIN * 2}"
    remedy = few if found < CONNECTIONS_MIN else None
    yield Finding(f"connections at once: {found} for each worker", remedy)
    if find_spec("uvloop") is None:
        yield Finding("uvloop is not installed: the standard library's loop serves, more slowly")
