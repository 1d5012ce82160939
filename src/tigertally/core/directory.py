"""Lists of all accounts and of all live sessions, as administrators read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from tigertally.core.pages import Place, WordPlace
from tigertally.core.sessions import DeviceType, Session
from tigertally.core.users import User, name_key

WORD_MAX: Final = 120
"""Characters of a search word that are compared."""


class UserState(StrEnum):
    """A state of an account that lists can be narrowed to."""

    ACTIVE = "active"
    """Neither disabled nor deleted."""
    DISABLED = "disabled"
    LOCKED = "locked"
    """Too many wrong passwords."""
    DELETED = "deleted"
    """Within the cool-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which accounts to show. What is ``None`` limits nothing."""

    words: str | None = None
    """The beginning of a user name, address, display name or number; or a whole id."""
    state: UserState | None = None
    role: str | None = None
    """The key of a role that they have."""


@dataclass(frozen=True, slots=True)
class FoundUser:
    """An account, and until when password attempts at it are refused."""

    user: User
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some accounts, and the place to go on behind, if there are more."""

    users: Sequence[FoundUser]
    following: Place | WordPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilter:
    """Which live sessions to show. What is ``None`` limits nothing."""

    user_id: str | None = None
    address: str | None = None
    """Network address in canonical form."""
    device_type: DeviceType | None = None
    role: str | None = None
    """The key of a role that their owners have."""

    def of(self, user_id: str) -> Self:
        """Return the same filter, for the sessions of one user."""
        return replace(self, user_id=user_id)


@dataclass(frozen=True, slots=True)
class OnlinePage:
    """Some live sessions with their owners, and the place to go on behind, if there are more."""

    sessions: Sequence[tuple[Session, User | None]]
    following: Place | None


def search_key(text: str) -> str:
    """Return the form in which search words are kept and compared."""
    return name_key(text)[:WORD_MAX]


def number_words(number: str) -> set[str]:
    """Return the words for a phone number in the form of E.164: with and without ``+86``."""
    return {number, number.removeprefix("+86")}
