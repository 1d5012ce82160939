"""Challenges, contacts, and the queue of outgoing messages."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from tigertally.core.challenges import Answered, Challenge, Purpose
from tigertally.core.contacts import Contact, Target
from tigertally.core.messages import MessageKind, QueuedMessage


class Challenges(Protocol):
    """One-time codes. Of each purpose, a target has one at most: the newest."""

    def add(self, challenge: Challenge) -> bool:
        """Write a challenge. It replaces the target's former one of the purpose.

        Tell whether that was done; not if another one was written at the same moment.
        """
        ...

    def answer(
        self, challenge_id: str, purpose: Purpose, code_hash: str, now: datetime
    ) -> Answered:
        """Count a try, and consume the challenge if the code is right: one atomic step."""
        ...

    def find(self, challenge_id: str) -> Challenge | None:
        """Return a challenge, used or not."""
        ...

    def any_of(self, user_id: str) -> bool:
        """Tell whether codes were sent to an account."""
        ...

    def end_all(self, user_id: str) -> None:
        """Delete the challenges of an account: codes that were sent become useless."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete challenges that expired before then. Return how many."""
        ...


class Contacts(Protocol):
    """Addresses and numbers of accounts."""

    def add(self, contact: Contact) -> None:
        """Add an unverified contact."""
        ...

    def find(self, target: Target) -> Contact | None:
        """Return the verified contact with this address or number."""
        ...

    def of_user(self, user_id: str) -> Sequence[Contact]:
        """Return the contacts of an account, the oldest first."""
        ...

    def verify(self, contact_id: str, now: datetime) -> bool:
        """Mark a contact as verified.

        Tell whether it is; not if another account verified it, nor if it was removed.
        """
        ...

    def remove(self, contact_id: str) -> None:
        """Delete a contact."""
        ...


class Messages(Protocol):
    """The queue of outgoing messages."""

    def add(self, message: QueuedMessage) -> None:
        """Promise a message."""
        ...

    def claim_due(
        self, kinds: Collection[MessageKind], now: datetime, *, until: datetime, limit: int
    ) -> Sequence[QueuedMessage]:
        """Claim due messages until then, and count the attempt. Nobody else gets them meanwhile."""
        ...

    def is_any_due(self, kinds: Collection[MessageKind], now: datetime) -> bool:
        """Tell whether a message of these kinds is due."""
        ...

    def finish(self, message_id: str, now: datetime) -> None:
        """Mark a message as done, and forget what it said.

        Whoever has claimed it by now: what was sent late was sent all the same.
        """
        ...

    def put_off(self, claimed: QueuedMessage, next_at: datetime) -> None:
        """Release a message that could not be sent; it is due again then.

        ``claimed`` is as :meth:`claim_due` returned it. Where another one has claimed it since,
        nothing is done.
        """
        ...

    def waiting(self) -> int:
        """Return how many messages are not done."""
        ...

    def spend(self, kind: MessageKind, day: str, budget: int) -> bool:
        """Count a message of the day; tell whether the budget of SMS was not spent before."""
        ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete messages that were done, or expired, before then. Return how many."""
        ...
