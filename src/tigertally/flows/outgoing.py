"""The dependencies of journeys that promise or send messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tigertally.core.challenges import ChallengeKeys
from tigertally.core.contacts import ContactKind
from tigertally.core.envelopes import Envelopes
from tigertally.core.messages import Fate, MessageKind
from tigertally.core.senders import Sender

KINDS: Mapping[ContactKind, MessageKind] = {
    ContactKind.EMAIL: MessageKind.EMAIL,
    ContactKind.PHONE: MessageKind.SMS,
}
"""The way that messages take to each kind of contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What can be sent, and how it is kept until it is."""

    senders: Mapping[MessageKind, Sender]
    """Only the ways that the operator has set up."""
    keys: ChallengeKeys = field(repr=False)
    envelopes: Envelopes = field(repr=False)
    regions: tuple[str, ...]
    """Accepted calling codes, in addition to mainland China's."""
    sms_daily: int
    """SMS of one day, of all users together."""
    wake: Callable[[], None]
    """Tells this process's senders that there is something to send. Others look by themselves."""
    report: Callable[[str], None]
    """Tells the operator of what could not be sent."""
    counted: Callable[[MessageKind, Fate], None]
    """Counts what became of a message."""
