"""How a process looks whether a session ended."""

import threading
from collections.abc import Callable
from pathlib import Path

from tigertally.storage.doorbell.reader import RECHECK_AFTER
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.store import SqlStore

ROOT = Path(__file__).parents[3]

Open = Callable[[], SqlStore]


def knows(feed: SqlFeed, session_id: str) -> bool:
    """Check as a request does that begins now."""
    feed.catch_up()
    return feed.revocations.reason(session_id) is not None


def sleep_past_the_recheck(feed: SqlFeed) -> None:
    """Wait until a reader that knows nothing of the harm has looked at the file again."""
    del feed
    threading.Event().wait(2 * RECHECK_AFTER)
