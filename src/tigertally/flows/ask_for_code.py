"""Ask for a code, to sign in or to choose a new password."""

from dataclasses import dataclass
from datetime import datetime

from tigertally.core.challenges import Purpose
from tigertally.core.contacts import ContactKind, Target
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.users import User
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.steps.send_code import Asked, Recipient, SendCode


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


def account_at(tx: Transaction, target: Target, now: datetime) -> Recipient | None:
    """Return the account that a verified address or number belongs to, and how the account has it.

    The same queries run in each case, so that the time tells nothing.
    """
    contact = tx.contacts.find(target)
    user = tx.users.get(contact.user_id if contact else "")
    named = tx.users.find(target.value)
    own = contact.target if contact else None
    if user is None and named is not None:
        user, own = named, _verified_in_profile(named, target)
    return None if user is None or own is None or user.is_gone(now) else Recipient(user, own)


def _verified_in_profile(user: User, target: Target) -> Target | None:
    """Return the address of the profile if it is this one, and verified."""
    if target.kind is not ContactKind.EMAIL or user.email is None or not user.email_verified:
        return None
    own = Target(target.kind, user.email)
    return own if own.key == target.key else None
