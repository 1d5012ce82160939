"""Let go of deleted accounts whose time to come back is over, and of the names they still hold."""

from collections.abc import Sequence
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.ports import Transaction


def scrub_accounts(tx: Transaction, now: datetime, *, limit: int) -> Sequence[str]:
    """Scrub at most ``limit`` accounts, write each into the history, and return their ids."""
    scrubbed = tx.users.purge(now, limit)
    for user_id in scrubbed:
        tx.events.append(Event(name=EventName.SYSTEM_USER_PURGED, at=now, user_id=user_id))
    return scrubbed
