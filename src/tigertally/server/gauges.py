"""Gauges of a process, measured when its figures are requested."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tigertally.flows.context import Context
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.throttle import NoThrottle, SharedThrottle


def make_gauges(
    store: SqlStore, feed: SqlFeed, context: Context, throttle: SharedThrottle | NoThrottle
) -> dict[str, Callable[[], float]]:
    """Return the gauges by name, as ``web/metrics.py`` lists them."""
    return {
        "tally_revocations_known": lambda: len(feed.revocations),
        "tally_feed_silence_seconds": lambda: _silence(store),
        "tally_password_hashes": lambda: context.passwords.busy,
        "tally_pictures": lambda: context.pictures.busy,
        "tally_attempts_counted_alone": lambda: float(not throttle.is_shared),
    }


def disk_gauge(folder: Path) -> Callable[[], float]:
    """Return a gauge of the free bytes on the disk of a folder."""

    def free() -> float:
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            return float("nan")

    return free


def _silence(store: SqlStore) -> float:
    """Return the age of the evidence in seconds; on SQLite the page itself is the evidence."""
    bell = store.bell.bell
    if not store.dialect.networked:
        return 0.0
    return bell.silence() if bell is not None else float("inf")
