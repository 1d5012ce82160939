"""The users of an application that keeps them itself, beside our tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from tigertally.core.people import People
from tigertally.core.ports.sessions import OwnedSession
from tigertally.core.users import User
from tigertally.errors import SetupError
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import DriverCursor
from tigertally.storage.sql.sessions import RevocationSink, SqlSessions
from tigertally.storage.sql.tables import meta
from tigertally.storage.sql.users import SqlUsers

_STRIPES: Final = 64
"""Rows that stand for the accounts when they are locked: we have no row of theirs."""


@dataclass(frozen=True, slots=True)
class Dated:
    """The users of an application, each with the position of the feed before it was asked.

    It is their claims version: what the application changes and announces later is newer.
    """

    people: People
    position: Callable[[], int]

    @property
    def sets_hashes(self) -> bool:
        """Whether password hashes can be replaced."""
        return self.people.sets_hashes

    def get(self, user_id: str) -> User | None:
        """Return the user with this id."""
        return self._dated(self.people.get, user_id)

    def hold(self, user_id: str) -> User | None:
        """Return the same as it is now."""
        return self._dated(self.people.hold, user_id)

    def find(self, login: str) -> User | None:
        """Return the user with this name or address."""
        return self._dated(self.people.find, login)

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        """Exchange the hash in the application."""
        return self.people.set_password_hash(user_id, new, expected=expected)

    def _dated(self, ask: Callable[[str], User | None], name: str) -> User | None:
        version = self.position()
        found = ask(name)
        return None if found is None else replace(found, claims_version=version)


@dataclass(frozen=True, slots=True)
class HostTables:
    """What reads users from the application, in one transaction of ours."""

    people: People

    def dated(self, position: Callable[[], int]) -> "HostTables":
        """Return the same, with users that are dated by a position of the feed."""
        return HostTables(Dated(self.people, position))

    def users(self, connection: Connection, cursor: DriverCursor, dialect: Dialect) -> SqlUsers:
        """Return the accounts."""
        return _Users(connection, cursor, dialect, self.people)

    def sessions(
        self,
        connection: Connection,
        cursor: DriverCursor,
        dialect: Dialect,
        sink: RevocationSink,
    ) -> SqlSessions:
        """Return the session rows."""
        found = _Sessions(connection, cursor, dialect, sink)
        found.people = self.people
        return found


class _Sessions(SqlSessions):
    """Our session rows, whose owners the application knows."""

    people: People

    def owned(self, session_id: str) -> OwnedSession | None:
        """Return the row, and its owner."""
        session = self.get(session_id)
        return OwnedSession(session, self.people.get(session.user_id)) if session else None


class _Users(SqlUsers):
    """Finds users in the application, and locks one of our own rows for them."""

    def __init__(
        self, connection: Connection, cursor: DriverCursor, dialect: Dialect, people: People
    ) -> None:
        super().__init__(connection, cursor, dialect)
        self._people = people

    def find(self, login: str) -> User | None:
        """Return the user with this name or address."""
        return self._people.find(login)

    def get(self, user_id: str) -> User | None:
        """Return the user."""
        return self._people.get(user_id)

    def hold(self, user_id: str) -> User | None:
        """Return the user. Acts on the same user's sessions wait until the transaction ends."""
        if self._dialect.networked:
            # On SQLite there is one writer at a time anyway.
            row = select(meta.c.name).where(meta.c.name == _stripe(crc32(user_id.encode())))
            self._connection.execute(self._dialect.for_update(row)).all()
        return self._people.hold(user_id)

    def set_password_hash(
        self, user_id: str, new: str, *, expected: str | None, must_change: bool = False
    ) -> bool:
        """Exchange the hash in the application. Raises SetupError where it does not let us."""
        del must_change  # no administrator of ours gives passwords there
        if not self._people.sets_hashes:
            raise _kept_elsewhere()
        return self._people.set_password_hash(user_id, new, expected=expected)

    # Whoever thinks that these did something, such as disabling somebody, must hear of it.

    def add_all(self, users_: Sequence[User]) -> None:
        """Raise SetupError: nobody could sign in with such an account."""
        del users_
        raise _kept_elsewhere()

    def replace(self, user: User) -> None:
        """Raise SetupError."""
        del user
        raise _kept_elsewhere()


def _kept_elsewhere() -> SetupError:
    return SetupError(
        "the application keeps its users itself, and we cannot change them",
        remedy="change them there; `flask tally sessions end --user ID` ends sessions",
    )


def prepare_stripes(engine: Engine) -> None:
    """Create the rows to lock, before anybody needs one."""
    with engine.connect() as connection:
        there = set(connection.scalars(select(meta.c.name)))
    for number in range(_STRIPES):
        if (name := _stripe(number)) not in there:
            try:
                with engine.begin() as connection:
                    connection.execute(insert(meta).values(name=name, value=""))
            except IntegrityError:
                continue  # another process was faster


def _stripe(number: int) -> str:
    return f"hold/{number % _STRIPES:02}"
