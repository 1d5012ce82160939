"""What every way to prove oneself yields: a checked credential, before anything is done with it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from tigertally.core.identities import Opened
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.users import User


class ProofOutdatedError(Exception):
    """What was checked has changed since. Only another check can tell whether it still holds."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof that was confirmed, within the transaction that acts on it."""

    user: User
    """Held until the transaction ends."""
    created: bool = False
    """Whether the proof has just made the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(ABC):
    """Somebody proved who they are: which user, how, when, and from where.

    The check takes long, so it happens before the transaction. The transaction calls
    :meth:`confirm`, which reads everything again that the check relied on, and writes what follows
    from the proof. So a proof is used up and acted on together, or neither happens.
    """

    user_id: str | None
    """``None`` if the person has no account yet: :meth:`confirm` makes it."""
    method: str
    """``password``, or the provider's name."""
    at: datetime
    """When the credential was checked."""
    device: Device

    @abstractmethod
    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Hold the account, check again, and write what follows from the proof.

        Raises ProofOutdatedError if the credential must be checked again, and the method's own
        refusals; the transaction is then rolled back.
        """

    def opened(self, tx: Transaction, opened: Opened) -> None:
        """Note the session that it opened, in the same transaction.

        A one-time credential remembers it. Raises ProofOutdatedError if another request was faster.
        """
        del tx, opened

    def refused(self, tx: Transaction, now: datetime) -> str | None:
        """Note that nothing followed, in the transaction that logs the refusal.

        Returns the user in whose history the refusal belongs.
        """
        del tx, now
        return self.user_id
