"""Challenges: one-time codes that we send to an address or a number, and that come back once.

A code is six digits, so everything depends on how often it may be tried. The row of a challenge
decides, by one guarded UPDATE that counts the try and consumes the code in the same step: of a
hundred right guesses at once one is right, and of a thousand wrong ones five are checked.

A challenge belongs to the account that was found when its code was *sent*. Nothing in the request
that brings the code back decides whose account it is.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tigertally.core.contacts import ContactKind, Target
from tigertally.core.identifiers import new_id
from tigertally.secret import Secret, derive_key

DIGITS: Final = 6
TRIES: Final = 5
"""How often a code may be tried, right or wrong."""

CODE_TTL: Final = timedelta(minutes=5)
RESEND_AFTER: Final = timedelta(minutes=1)
"""How long a target waits for its next code."""

KEPT: Final = timedelta(hours=1)
"""How long an expired challenge stays, to be told from one that never was."""


class Purpose(StrEnum):
    """What a code is for. A code of one purpose is useless for another."""

    LOGIN = "login"
    RESET = "reset"
    VERIFY = "verify"
    REGISTER = "register"
    """Sent to whoever is at the target: to sign in to their account, or to get one."""
    REAUTHENTICATE = "reauthenticate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A code that was sent, or that looks as if it had been sent."""

    id: str
    purpose: Purpose
    channel: ContactKind
    target_hash: str = field(repr=False)
    code_hash: str = field(repr=False)
    user_id: str | None
    """The account that the target belonged to when the code was sent; ``None`` without one. Then
    nothing was sent, and nobody knows the code, unless it is one to register."""
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Passed:
    """The code was right, and is consumed. It was bound to this account."""

    user_id: str | None
    """``None`` only of a code to register: nobody had the target when it was sent."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The code was wrong, burnt, used, or never sent."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class Expired:
    """The code is too old, whether or not it was right."""


Answered = Passed | Failed | Expired


class ChallengeKeys:
    """Makes codes and challenges, and the keyed hashes that stand for them in the store.

    Without the master secret, a row tells neither the code nor the target: there are only a
    million codes, and not many more numbers.
    """

    def __init__(self, master: Secret) -> None:
        self._code_key = derive_key(master, "challenge-code/v1")
        self._target_key = derive_key(master, "challenge-target/v1")

    def make(
        self, purpose: Purpose, target: Target, *, user_id: str | None, now: datetime
    ) -> tuple[Challenge, Secret]:
        """Return a new challenge and its code."""
        challenge_id, code = new_id(), Secret(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")
        challenge = Challenge(
            id=challenge_id,
            purpose=purpose,
            channel=target.kind,
            target_hash=self.target_hash(target),
            code_hash=self.code_hash(purpose, challenge_id, code),
            user_id=user_id,
            sent_at=now,
            expires_at=now + CODE_TTL,
        )
        return challenge, code

    def target_hash(self, target: Target) -> str:
        """Return the keyed hash of an address or a number (HMAC-SHA-256, RFC 2104)."""
        return hmac.digest(self._target_key, target.key.encode(), "sha256").hex()

    def code_hash(self, purpose: Purpose, challenge_id: str, code: Secret) -> str:
        """Return the keyed hash of a code, of use for this challenge and purpose only."""
        told = f"{purpose}/{challenge_id}/{code.reveal()}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._code_key, told, "sha256").hex()
