"""The users of an application, behind the adapter that it gave."""

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Generic

from tigertally.core.passwords import is_importable
from tigertally.core.people import Person, Users, id_text, role_names
from tigertally.core.users import User
from tigertally.errors import SetupError, TallyError

_NEEDED: Final = ("find", "get", "hold", "password_hash", "roles", "disabled")
_MAY_BE: Final = "set_password_hash"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

logger: logging.Logger = logging.getLogger("tigertally")


class UsersFailedError(RuntimeError):
    """The application's own users could not be read; the cause says why."""


class AdaptedPeople(Generic[Person]):
    """Implements :class:`tigertally.core.people.People`. Raises SetupError for what cannot be used.

    An adapter may have ``set_password_hash(user_id, new, *, expected)``, too.
    """

    def __init__(self, users: Users[Person]) -> None:
        _require_usable(users)
        self._users = users
        self._set_hash = getattr(users, _MAY_BE, None)
        # Also for an adapter that is derived from nothing of ours.
        self._id_of = getattr(users, "id_of", partial(Users.id_of, users))
        self._username = getattr(users, "username", partial(Users.username, users))
        self._told = False

    @property
    def sets_hashes(self) -> bool:
        """Whether password hashes can be replaced."""
        return self._set_hash is not None

    def find(self, login: str) -> User | None:
        """Return the user who signs in with this name or address, or ``None``."""
        if not login.isprintable():
            # Not every driver can ask for all texts, and nobody is called so.
            return None
        with _asking("find"):
            found = self._users.find(login)
        # Without the roles, which may take a query that an unknown name does not.
        return None if found is None else self._user(found, with_roles=False)

    def get(self, user_id: str) -> User | None:
        """Return the user with this id, or ``None``."""
        return self._known("get", user_id)

    def hold(self, user_id: str) -> User | None:
        """Return the same as it is now."""
        return self._known("hold", user_id)

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        """Exchange the hash in the application."""
        if self._set_hash is None:
            return False
        with _asking(_MAY_BE):
            return bool(self._set_hash(user_id, new, expected=expected))

    def _known(self, method: str, user_id: str) -> User | None:
        try:
            id_text(user_id)
        except ValueError:
            return None
        with _asking(method):
            found = getattr(self._users, method)(user_id)
        user = None if found is None else self._user(found)
        # "07" and "7" can be one row of theirs, and are two people in our tables.
        return user if user is not None and user.id == user_id else None

    def _user(self, person: Person, *, with_roles: bool = True) -> User:
        with _asking("id_of"):
            user_id = self._id_of(person)
        with _asking("username"):
            username = self._username(person)
        with _asking("password_hash"):
            password_hash = self._users.password_hash(person)
        with _asking("roles"):
            roles = self._users.roles(person) if with_roles else ()
        with _asking("disabled"):
            disabled = bool(self._users.disabled(person))
        return User(
            id=id_text(user_id),
            username=str(username),
            email=None,
            display_name=None,
            locale=None,
            roles=role_names(roles),
            password_hash=self._readable(password_hash),
            created_at=None,
            disabled_at=_LONG_AGO if disabled else None,
        )

    def _readable(self, password_hash: object) -> str | None:
        """Return a hash that sign-in reads. Another one counts as none, and takes as long."""
        if isinstance(password_hash, str) and is_importable(password_hash):
            return password_hash
        if password_hash is not None and not self._told:
            self._told = True
            logger.error(
                "users.password_hash() returned a hash of a kind or cost that is not read, so its "
                "owner cannot sign in; argon2id, bcrypt, and scrypt and pbkdf2 of werkzeug are read"
            )
        return None


@contextmanager
def _asking(method: str) -> Iterator[None]:
    """Name the method that failed: its error must not pass for one of our own database's."""
    try:
        yield
    except TallyError:
        raise
    except Exception as error:
        raise UsersFailedError(f"users.{method}() of the application failed") from error


def _require_usable(users: Any) -> None:
    """Raise SetupError unless an adapter has every method that is needed."""
    if isinstance(users, type):
        raise SetupError(
            f"users={users.__name__} is a class", remedy=f"write users={users.__name__}()"
        )
    if missing := [name for name in _NEEDED if not callable(getattr(users, name, None))]:
        raise SetupError(
            f"users={type(users).__name__}() has no {', '.join(missing)}",
            remedy="derive it from tigertally.Users, which says what each method returns",
        )
    for name in (*_NEEDED, _MAY_BE):
        if inspect.iscoroutinefunction(getattr(users, name, None)):
            raise SetupError(
                f"users={type(users).__name__}(): {name} is an async function",
                remedy="write plain methods: they are called within a request, in its thread",
            )
