"""Figures for an overview, counted by the hour.

They are counted from the log and from the feed, a while after things happened. So whoever signs in
or out waits for no counter, and an overview reads a few rows, however long the log is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tigertally.core.events import EventName

KEPT: Final = timedelta(days=100)
"""How long figures are kept: three months, and some days for time zones."""

ADDRESSES_KEPT: Final = timedelta(days=2)
"""How long it is kept which addresses failed to sign in: it is personal data."""

SETTLED_AFTER: Final = timedelta(seconds=30)
"""Age at which an event of a database server is counted. A transaction that began earlier may still
write a smaller number; none lasts so long."""

COUNTED_EXACTLY: Final = 10_000
"""Up to so many accounts and live sessions are counted when somebody asks."""

SUSPICIOUS: Final = 10
"""Refused sign-ins from one address within a day that an overview points out."""

ADDRESSES_SHOWN: Final = 10

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


class Counted(StrEnum):
    """What is counted. Each has details, such as the reason of a refusal."""

    NEW_USER = "new_user"
    SIGNED_IN = "signed_in"
    """By way: ``password``, ``code``, a provider."""
    DEVICE_TYPE = "device_type"
    """Sign-ins by kind of client."""
    REFUSED = "refused"
    """Sign-ins by the reason of the refusal."""
    ADDRESS = "address"
    """Refused sign-ins by network address."""
    REUSED = "reused"
    """Refresh tokens that were used twice, perhaps by a thief."""
    ENDED = "ended"
    """Sessions by the reason of their end."""
    ONLINE = "online"
    """Live sessions at the beginning of the hour."""
    USERS = "users"
    """Accounts at the beginning of the hour."""


Key = tuple[datetime, Counted, str]
"""The hour, what is counted, and the detail."""

PER_DAY: Final = (
    Counted.NEW_USER,
    Counted.SIGNED_IN,
    Counted.DEVICE_TYPE,
    Counted.REFUSED,
    Counted.REUSED,
    Counted.ENDED,
)

_NEW_USERS: Final = frozenset(
    {
        EventName.USER_REGISTERED,
        EventName.CLI_USER_CREATED,
        EventName.CLI_USER_IMPORTED,
        EventName.ADMIN_USER_CREATED,
    }
)
_UNKNOWN: Final = "unknown"
"""The way of sign-ins that an older version logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What is counted of an event."""

    name: str
    at: datetime
    reason: str | None
    device_type: str | None
    ip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A figure of one day; the day begins at midnight of the offset that was asked for."""

    day: datetime
    counted: Counted
    detail: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """How things are now."""

    users: int
    online: int
    locked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of an overview."""

    totals: Sequence[Total]
    online: Mapping[datetime, int]
    """Live sessions by the hour, for the last week."""
    addresses: Mapping[str, int]
    """Refused sign-ins by address, the most first."""
    present: Present


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime, offset: timedelta) -> datetime:
    """Return when the day began, where clocks are ahead of UTC by the offset."""
    local = at + offset
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - offset


def keys_of(event: Logged) -> Sequence[Key]:
    """Return which figures an event adds one to."""
    hour = hour_of(event.at)
    match event.name:
        case EventName.SESSION_OPENED:
            kind = event.device_type or _UNKNOWN
            return (
                (hour, Counted.SIGNED_IN, event.reason or _UNKNOWN),
                (hour, Counted.DEVICE_TYPE, kind),
            )
        case EventName.SESSION_REFUSED:
            refused = (hour, Counted.REFUSED, event.reason or _UNKNOWN)
            return (refused, (hour, Counted.ADDRESS, event.ip)) if event.ip else (refused,)
        case EventName.REFRESH_REUSED:
            return ((hour, Counted.REUSED, ""),)
        case name if name in _NEW_USERS:
            return ((hour, Counted.NEW_USER, ""),)
        case _:
            return ()
