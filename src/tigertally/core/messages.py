"""Outgoing messages: what is promised in a transaction and sent after it, in the background.

A message is written into the outgoing queue in the transaction that promises it. So it is sent if
that commits, and not if it does not. A sender claims it, sends it, and marks it as done. If the
process dies in between, another one sends it again: at least once, and mostly once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CLAIMED_FOR: Final = timedelta(seconds=60)
"""How long a sender has for one message. After that it is dead, and another one sends it."""

_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 30, 60, 300, 900))
"""Pauses after each failure; the last one stays."""


class Fate(StrEnum):
    """What became of a message, for the operator's figures."""

    SENT = "sent"
    PUT_OFF = "put_off"
    """It could not be sent now, and is tried again."""
    REFUSED = "refused"
    """It can never be delivered there."""
    GIVEN_UP = "given_up"
    """It could not be sent while it was of use."""
    OVER_BUDGET = "over_budget"
    """It was not promised: the SMS of the day are spent."""


class MessageKind(StrEnum):
    """The way that a message takes."""

    EMAIL = "email"
    SMS = "sms"
    NOTHING = "nothing"
    """Sent nowhere: written for a target that nobody has, so that the answer takes as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message as it is stored: useless without the master secret."""

    id: str
    kind: MessageKind
    sealed: bytes = field(repr=False)
    created_at: datetime
    next_at: datetime
    """When it is due: at once, after a failure later."""
    give_up_at: datetime
    """When it is no longer needed: an expired code is not sent."""
    attempts: int = 0

    def pause(self) -> timedelta:
        """Return how long to wait after this attempt failed."""
        return _PAUSES[min(self.attempts, len(_PAUSES)) - 1]
