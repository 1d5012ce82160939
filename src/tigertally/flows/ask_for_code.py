"""Ask for a code, to sign in or to choose a new password."""

from dataclasses import dataclass
from datetime import datetime

from tigertally.core.challenges import Purpose
from tigertally.core.contacts import ContactKind, Target
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.users import User, name_key
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.steps.send_code import Asked, SendCode


@dataclass(frozen=True, slots=True)
class AskForCode:
    """Sends codes to people who are not signed in."""

    context: Context
    outgoing: Outgoing

    def __call__(self, purpose: Purpose, target: Target, *, device: Device, locale: str) -> Asked:
        """Return what the caller may know, the same for known and unknown targets.

        Raises NotFound or RateLimited.
        """
        return SendCode(self.context, self.outgoing)(
            purpose,
            target,
            owner=lambda tx, now: account_at(tx, target, now),
            device=device,
            locale=locale,
        )


def account_at(tx: Transaction, target: Target, now: datetime) -> User | None:
    """Return the account that a verified address or number belongs to.

    The same queries run in each case, so that the time tells nothing.
    """
    contact = tx.contacts.find(target)
    user = tx.users.get(contact.user_id if contact else "")
    named = tx.users.find(target.value)
    if user is None and named is not None and _has_verified(named, target):
        user = named
    return None if user is None or user.is_gone(now) else user


def _has_verified(user: User, target: Target) -> bool:
    """Tell whether the address of the profile is this one, and verified."""
    return (
        target.kind is ContactKind.EMAIL
        and user.email_verified
        and name_key(user.email or "") == name_key(target.value)
    )
