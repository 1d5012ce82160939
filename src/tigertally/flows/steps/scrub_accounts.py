"""Scrub deleted accounts after their cool-off, and free their names."""

from collections.abc import Sequence
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.ports.store import Transaction


def scrub_accounts(tx: Transaction, now: datetime, *, limit: int) -> Sequence[str]:
    """Scrub at most ``limit`` accounts and log each. Return their ids."""
    scrubbed = tx.users.purge(now, limit)
    for user_id in scrubbed:
        tx.events.append(Event(name=EventName.SYSTEM_USER_PURGED, at=now, user_id=user_id))
    return scrubbed
