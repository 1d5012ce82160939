"""Somebody whom the application itself has checked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.errors import NotFound
from tigertally.flows.context import Context
from tigertally.flows.proofs.proof import Proof, Proved

METHOD: Final = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class VouchedProof(Proof):
    """The application says who it is, however it knows."""

    user_id: str

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Hold the account. Raises NotFound if there is none."""
        user = tx.users.hold(self.user_id)
        if user is None or user.is_gone(now):
            raise NotFound(f"there is no user {self.user_id}")
        return Proved(user)


def vouch(context: Context, user_id: str, *, device: Device) -> VouchedProof:
    """Return the proof of somebody whom the application has just checked."""
    return VouchedProof(user_id=user_id, method=METHOD, at=context.clock.now(), device=device)
