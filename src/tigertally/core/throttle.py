"""How often somebody may be wrong, before they have to wait.

Only failures count, so that whoever knows the password is never slowed down by using it. What is
locked is entering passwords: sessions that live go on living, and refreshing, whatever a stranger
tries at the account.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Act(StrEnum):
    """What is counted."""

    PASSWORD_FOR_ACCOUNT = "password_for_account"
    PASSWORD_FROM_ADDRESS = "password_from_address"
    REGISTRATION_FROM_ADDRESS = "registration_from_address"
    PROVIDER_CODE_FROM_ADDRESS = "provider_code_from_address"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within so many seconds; then it is locked for as long again."""

    times: int
    seconds: int


FAILURES_FROM_ADDRESS: Final = Limit(times=100, seconds=600)
"""High: a whole office may share one address."""

REGISTRATIONS_FROM_ADDRESS: Final = Limit(times=200, seconds=3600)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is counted, for what. Names are kept as hashes: a counter must betray nobody."""

    act: Act
    name: str

    @property
    def key(self) -> str:
        """Return what the counter is kept under."""
        return f"{self.act}:{hashlib.sha256(self.name.encode()).hexdigest()[:32]}"
