"""Users that an application keeps itself: we store their sessions, and nothing about them."""

from collections.abc import Iterable
from typing import Final, Protocol

from tigertally.core.users import User

ID_MAX: Final = 64
"""Characters of an id; our own have 26."""

_ROLE_MAX: Final = 255


class People(Protocol):
    """The users of an application."""

    def get(self, user_id: str) -> User | None:
        """Return the user with this id, or ``None``."""
        ...

    def find(self, login: str) -> User | None:
        """Return the user who signs in with this name or address, or ``None``."""
        ...


class Vouched:
    """Takes the application's word: every id that it names is a user's."""

    def get(self, user_id: str) -> User | None:
        """Return somebody of whom only the id is known."""
        return User(
            id=user_id,
            username=user_id,
            email=None,
            display_name=None,
            locale=None,
            roles=(),
            password_hash=None,
            created_at=None,
        )

    def find(self, login: str) -> User | None:
        """Return the same: an operator names a user by the id."""
        return self.get(login)


def id_text(user_id: str | int) -> str:
    """Return an application's id of a user as tokens carry it. Raises TypeError and ValueError."""
    if isinstance(user_id, bool) or not isinstance(user_id, str | int):
        raise TypeError(f"the id of a user is a text or a whole number, not {user_id!r}")
    text = str(user_id)
    # MariaDB takes no notice of spaces behind a text: "a" and "a " would be one user.
    if not 0 < len(text) <= ID_MAX or not text.isprintable() or text != text.strip():
        raise ValueError(
            f"the id of a user has 1 to {ID_MAX} printable characters, and no space before or "
            f"behind them, not {text!r}"
        )
    return text


def role_names(found: Iterable[str]) -> tuple[str, ...]:
    """Return roles as tokens carry them. Raises TypeError for anything but names."""
    roles: tuple[object, ...] = () if isinstance(found, str) else tuple(found)
    names = tuple(role for role in roles if isinstance(role, str) and 0 < len(role) <= _ROLE_MAX)
    if isinstance(found, str) or len(names) < len(roles):
        raise TypeError(f"roles= must return names of roles, such as ['admin'], not {found!r}")
    return names
