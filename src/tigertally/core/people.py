"""Users that an application keeps itself: we store their sessions, and nothing about them."""

import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeVar, cast

from tigertally.core.roles import ROLES_MAX
from tigertally.core.tokens import CLAIMS
from tigertally.core.users import User

ID_MAX: Final = 64
"""Characters of an id; our own have 26."""

CLAIMS_MAX: Final = 1000
"""Bytes of an application's own claims, as JSON: tokens travel in headers and cookies."""

_ROLE_MAX: Final = 255

Person = TypeVar("Person")
"""Whatever an application keeps of a user."""


class Users(Protocol[Person]):
    """The users of your application. Derive a class from it, and give it to ``TigerTally``.

    ``tigertally.testing.users`` has its tests. The methods may run in any thread that handles a
    request. They read; a transaction of ours may be open meanwhile, in which nothing of yours is.
    """

    @abstractmethod
    def find(self, login: str) -> Person | None:
        """Return the user who signs in with this name or address, or ``None``."""
        ...

    @abstractmethod
    def get(self, user_id: str) -> Person | None:
        """Return the user with this id, or ``None``. Whole numbers come as texts, too."""
        ...

    @abstractmethod
    def hold(self, user_id: str) -> Person | None:
        """Return the same as the database has it now, and not as this request read it before.

        The last look before a session opens: a password that was changed meanwhile does not count.
        So begin a transaction for it, and lock nothing.
        """
        ...

    @abstractmethod
    def password_hash(self, user: Person) -> str | None:
        """Return the hash; ``None`` for a user without a password.

        Argon2id, bcrypt, and werkzeug's ``scrypt:`` and ``pbkdf2:`` are read.
        """
        ...

    @abstractmethod
    def roles(self, user: Person) -> Iterable[str]:
        """Return the names of the roles of a user from :meth:`get` or :meth:`hold`."""
        ...

    @abstractmethod
    def disabled(self, user: Person) -> bool:
        """Tell whether the user may neither sign in nor refresh. Sessions are not ended by it."""
        ...

    def id_of(self, user: Person) -> str | int:
        """Return the id, by default the attribute ``id``."""
        return cast("str | int", getattr(user, "id"))  # noqa: B009 - not every class has it

    def username(self, user: Person) -> str:
        """Return the name that is shown, by default the id."""
        return str(self.id_of(user))


class People(Protocol):
    """The users of an application, as journeys ask for them."""

    @property
    def sets_hashes(self) -> bool:
        """Whether password hashes can be replaced."""
        ...

    def get(self, user_id: str) -> User | None:
        """Return the user with this id, or ``None``."""
        ...

    def hold(self, user_id: str) -> User | None:
        """Return the same as it is now, in this transaction."""
        ...

    def find(self, login: str) -> User | None:
        """Return the user who signs in with this name or address, or ``None``."""
        ...

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        """Exchange the hash if it is still the expected one; tell whether it was."""
        ...


class Vouched:
    """Takes the application's word: every id that it names is a user's."""

    sets_hashes: Final = False

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

    def hold(self, user_id: str) -> User | None:
        """Return the same."""
        return self.get(user_id)

    def find(self, login: str) -> User | None:
        """Return the same: an operator names a user by the id."""
        return self.get(login)

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        """Change nothing: there are no passwords."""
        del user_id, new, expected
        return False


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


def further_claims(found: Mapping[str, object]) -> Mapping[str, object]:
    """Return an application's own claims as tokens carry them. Raises TypeError and ValueError."""
    given: object = found
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"claims= must return a dictionary with names, not {found!r}")
    if taken := sorted(CLAIMS & {*found}):
        raise ValueError(f"claims= returned {', '.join(taken)}, which tokens have already")
    size = len(json.dumps(dict(found), allow_nan=False))
    if size > CLAIMS_MAX:
        raise ValueError(f"claims= may return {CLAIMS_MAX} bytes of JSON, not {size}")
    return dict(found)


def role_names(found: Iterable[str]) -> tuple[str, ...]:
    """Return roles as tokens carry them. Raises TypeError for anything but names.

    Raises ValueError for more than a token may carry.
    """
    roles: tuple[object, ...] = () if isinstance(found, str) else tuple(found)
    if len(roles) > ROLES_MAX:
        raise ValueError(f"roles= may return at most {ROLES_MAX} roles, not {len(roles)}")
    names = tuple(role for role in roles if isinstance(role, str) and 0 < len(role) <= _ROLE_MAX)
    if isinstance(found, str) or len(names) < len(roles):
        raise TypeError(f"roles= must return names of roles, such as ['admin'], not {found!r}")
    return names
