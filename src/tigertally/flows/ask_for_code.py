"""Ask for a code: to sign in, to register, to choose a new password, to prove oneself again."""

from dataclasses import dataclass
from datetime import datetime

from tigertally.core.challenges import Purpose
from tigertally.core.contacts import Target
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.errors import RegistrationClosed
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.steps.reach import account_at
from tigertally.flows.steps.send_code import Asked, Recipient, SendCode


@dataclass(frozen=True, slots=True)
class AskForCode:
    """Sends codes to people, whether or not they are signed in."""

    context: Context
    outgoing: Outgoing

    def __call__(self, purpose: Purpose, target: Target, *, device: Device, locale: str) -> Asked:
        """Return what the caller may know, the same for known and unknown targets.

        Raises NotFound or RateLimited, and RegistrationClosed whoever has the target.
        """
        if purpose is Purpose.REGISTER and not self.context.rules.registration_open:
            raise RegistrationClosed

        def recipient(tx: Transaction, now: datetime) -> Recipient | None:
            found = account_at(tx, target, now)
            if found is not None:
                return Recipient(*found)
            return Recipient(None, target) if purpose is Purpose.REGISTER else None

        return SendCode(self.context, self.outgoing)(
            purpose, target, owner=recipient, device=device, locale=locale
        )
