"""Identities: who somebody is at a provider, and which account that signs in to.

An identity is unique by provider, app and subject (WeChat's ``openid``). Apps of one owner share a
union id where the provider gives one (``unionid``): by it, a person who comes through a second app
finds the account made through the first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tigertally.core.identifiers import new_id
from tigertally.core.sessions import Device, DeviceType
from tigertally.secret import Secret

SUBJECT_MAX: Final = 128
TAIL: Final = 4

_NAME: Final = re.compile(r"[!-~]+")

CODE_REMEMBERED: Final = 60.0
"""Seconds in which a repeated code gets the outcome of the first use."""


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonym:
    """A name that a provider gave somebody. It identifies a person: shown by its end only."""

    value: str

    @classmethod
    def read(cls, value: object) -> "Pseudonym | None":
        """Return the name in a provider's JSON, or ``None`` for an invalid one.

        A name with blanks is invalid: databases differ on whether a trailing blank counts.
        """
        fits = isinstance(value, str) and 0 < len(value) <= SUBJECT_MAX and _NAME.fullmatch(value)
        return cls(str(value)) if fits else None

    @property
    def tail(self) -> str:
        """The last four characters: enough to tell two apart."""
        return self.value[-TAIL:]

    def __repr__(self) -> str:
        return f"Pseudonym(…{self.tail})"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """The person that a provider named for a code."""

    provider: str
    app_id: str
    subject: Pseudonym
    union: Pseudonym | None = None

    @property
    def platform(self) -> str:
        """Whose union ids these are: ``wechat-mini`` and ``wechat-web`` share theirs."""
        return platform_of(self.provider)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An identity that signs in to an account."""

    id: str
    user_id: str
    who: ProviderIdentity
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A platform's message that somebody withdrew their permission, or closed their account."""

    provider: str
    app_id: str
    subject: Pseudonym
    at: datetime
    """When that was, by the platform's clock."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that its owner agreed to give."""

    country_code: str
    number: str

    def __repr__(self) -> str:
        return "PhoneNumber(…)"


@dataclass(frozen=True, slots=True)
class AppToken:
    """The access token of our app at a provider. Valid for ``lifetime`` seconds."""

    text: Secret
    lifetime: float


@dataclass(frozen=True, slots=True)
class Mine:
    """The caller has claimed the code and must finish it.

    ``who`` is set if the provider was asked before: a code cannot be asked about twice.
    """

    who: ProviderIdentity | None


@dataclass(frozen=True, slots=True)
class Held:
    """Another request has claimed the code and has not finished."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The code opened a session."""

    session_id: str
    created: bool
    """Whether it made the account."""
    replaced: Sequence[str]
    """The sessions that ended for it."""


Claim = Mine | Held | Opened


def platform_of(provider: str) -> str:
    """Return the platform of a provider: what stands before the first dash."""
    return provider.partition("-")[0]


def generated_username(provider: str) -> str:
    """Return a name for an account that nobody chose a name for; 60 random bits."""
    return f"{platform_of(provider)}-{new_id()[:12]}"


def seen_through(device: Device, device_type: DeviceType | None) -> Device:
    """Return the device, of the type that is certain where a provider serves only one."""
    if device_type is None:
        return device
    return Device(device_type, device.name, device.user_agent, device.ip)
