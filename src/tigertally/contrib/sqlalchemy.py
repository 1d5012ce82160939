"""Users in a table of yours that SQLAlchemy maps: ``users=ModelUsers(db, User, login="email")``."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Engine, inspect, select
from sqlalchemy.orm import Session

from tigertally.core.people import Users
from tigertally.errors import SetupError

Model = TypeVar("Model")

_WHOLE_MAX: Final = 2**63
"""Larger numbers no database has in its column for whole numbers."""


class HasEngine(Protocol):
    """Flask-SQLAlchemy's ``db``, or an engine."""

    @property
    def engine(self) -> Engine:
        """The engine."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """What was read of a user."""

    id: str
    username: str
    password_hash: str | None = field(repr=False)
    roles: tuple[str, ...]
    disabled: bool


class ModelUsers(Users[Row], Generic[Model]):
    """Implements :class:`tigertally.Users` over a mapped class. It only reads.

    ``login`` is the attribute that people sign in with, or a function that returns a condition for
    what they typed, such as ``lambda typed: User.email == typed.lower()``. ``password_hash`` is an
    attribute, and so is ``username``, which is shown: by default ``login``, or the id. ``roles``
    and ``disabled`` are functions of a user; without them nobody has a role, and nobody is
    disabled. Raises SetupError for attributes that the class does not have.

    It has short sessions of its own, so it reads what is committed, and leaves those of the request
    alone.
    """

    def __init__(
        self,
        db: HasEngine,
        model: type[Model],
        *,
        login: str | Callable[[str], ColumnElement[bool]],
        password_hash: str = "password_hash",  # noqa: S107 - the name of an attribute
        username: str | None = None,
        roles: Callable[[Model], Iterable[str]] | None = None,
        disabled: Callable[[Model], bool] | None = None,
    ) -> None:
        mapped: Any = inspect(model, raiseerr=False)
        keys: tuple[Any, ...] = mapped.primary_key if mapped is not None else ()
        if len(keys) != 1:
            raise SetupError(
                f"{model!r} is no mapped class with a primary key of one column",
                remedy="write an adapter of your own: derive it from tigertally.Users",
            )
        self._shown = username or (login if isinstance(login, str) else None)
        for name in (password_hash, login, username):
            if isinstance(name, str) and not hasattr(model, name):
                raise SetupError(
                    f"{model.__name__} has no attribute {name!r}",
                    remedy="name the right one: ModelUsers(db, User, login=…, password_hash=…)",
                )
        self._db, self._model = db, model
        self._key = mapped.get_property_by_column(keys[0]).key
        self._key_type = keys[0].type.python_type
        self._login, self._hash = login, password_hash
        self._roles, self._disabled = roles, disabled

    def find(self, login: str) -> Row | None:
        """Return the user who signs in with this, without roles: those are asked for later."""
        if isinstance(self._login, str):
            condition = getattr(self._model, self._login) == login
        else:
            condition = self._login(login)
        return self._one(condition, with_roles=False)

    def get(self, user_id: str) -> Row | None:
        """Return the user with this id."""
        key = self._read_key(user_id)
        return None if key is None else self._one(getattr(self._model, self._key) == key)

    def hold(self, user_id: str) -> Row | None:
        """Return the same: it is always read anew."""
        return self.get(user_id)

    def password_hash(self, user: Row) -> str | None:
        """Return the hash."""
        return user.password_hash

    def roles(self, user: Row) -> Iterable[str]:
        """Return the roles."""
        return user.roles

    def disabled(self, user: Row) -> bool:
        """Tell whether the user is disabled."""
        return user.disabled

    def username(self, user: Row) -> str:
        """Return the name that is shown."""
        return user.username

    def _read_key(self, user_id: str) -> object:
        """Return an id as the column has it, or ``None`` for one that it cannot have."""
        if self._key_type is int:
            digits = user_id.removeprefix("-")
            whole = digits.isascii() and digits.isdecimal() and len(digits) < len(str(_WHOLE_MAX))
            return int(user_id) if whole else None
        # Decimal, bytes and others have errors of their own for a text that is none of theirs.
        with suppress(ValueError, TypeError, ArithmeticError):
            return self._key_type(user_id)
        return None

    def _one(self, condition: ColumnElement[bool], *, with_roles: bool = True) -> Row | None:
        """Return the only user that meets a condition; of two, nobody knows who is meant."""
        with Session(self._db.engine) as session:
            found = session.scalars(select(self._model).where(condition).limit(2)).all()
            return self._row(found[0], with_roles=with_roles) if len(found) == 1 else None

    def _row(self, user: Model, *, with_roles: bool) -> Row:
        user_id = str(getattr(user, self._key))
        shown = getattr(user, self._shown) if self._shown else None
        return Row(
            id=user_id,
            username=str(shown or user_id),
            password_hash=getattr(user, self._hash),
            roles=tuple(self._roles(user)) if self._roles and with_roles else (),
            disabled=bool(self._disabled(user)) if self._disabled else False,
        )
