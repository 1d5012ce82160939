"""The ports to what sends messages: by e-mail and by SMS.

Each call ends before the claim on its message does (CLAIMED_FOR). ProviderUnavailable says that it
may go better later, ProviderMisconfigured that the operator has to do something; the message stays
in the queue in both cases. No text of an error, and no line of a log, names a code, an address or a
number.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tigertally.core.contacts import Target
from tigertally.secret import Secret


class Letter(StrEnum):
    """What a message tells."""

    LOGIN_CODE = "login_code"
    RESET_CODE = "reset_code"
    VERIFY_CODE = "verify_code"
    REGISTER_CODE = "register_code"
    REAUTHENTICATE_CODE = "reauthenticate_code"
    PASSWORD_RESET = "password_reset"
    """A notice, without a code: the password was replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to one person."""

    id: str
    """The same each time it is tried, so that a forwarding server can drop a second one."""
    to: Target
    letter: Letter
    locale: str
    code: Secret = field(default_factory=lambda: Secret(""))
    minutes: int = 0
    """How long the code is good."""


class Sent(StrEnum):
    """What became of a message."""

    DONE = "done"
    """Accepted for delivery."""
    REFUSED = "refused"
    """The address or number cannot be reached, and trying again would not help."""


class Sender(Protocol):
    """Sends the messages of one kind."""

    def send(self, message: Message) -> Sent:
        """Send a message. Raises ProviderUnavailable or ProviderMisconfigured."""
        ...
