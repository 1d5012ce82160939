"""The accounts in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from tigertally.core.users import User, name_key
from tigertally.storage.sql.compiled import HELD_USER, USER, USER_BY_NAME
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import DriverCursor, Statement, Values
from tigertally.storage.sql.login_names import LoginNames
from tigertally.storage.sql.search_words import SearchWords
from tigertally.storage.sql.tables import (
    contacts,
    identities,
    login_names,
    search_words,
    user_roles,
    users,
)
from tigertally.storage.sql.user_rows import user_of_row, user_row

_COLUMNS: Final = users.c.keys()


class SqlUsers:
    """Implements :class:`tigertally.core.ports.users.Users` within one transaction."""

    def __init__(self, connection: Connection, cursor: DriverCursor, dialect: Dialect) -> None:
        self._connection = connection
        self._cursor = cursor
        self._dialect = dialect
        self._names = LoginNames(connection)
        self._words = SearchWords(connection)

    def add(self, user: User) -> None:
        """Add an account."""
        self._names.refuse_taken(user)
        self.add_all([user])

    def add_all(self, users_: Sequence[User]) -> None:
        """Add many accounts, in two statements."""
        if not users_:
            return
        rows = [
            {
                "id": user.id,
                "password_hash": user.password_hash,
                "must_change_password": user.must_change_password,
                "roles": "[]",
                "created_at": user.created_at,
                **user_row(user),
            }
            for user in users_
        ]
        self._connection.execute(insert(users), rows)
        self._names.add(*users_)
        self._words.add(users_)

    def owners(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the owners of these names."""
        return self._names.owners(names)

    def find(self, login: str) -> User | None:
        """Return the account with this login name."""
        return self._read(USER_BY_NAME, {"login": name_key(login)})

    def get(self, user_id: str) -> User | None:
        """Return the account."""
        return self._read(USER, {"user": user_id})

    def hold(self, user_id: str) -> User | None:
        """Return the account, locked until the transaction ends."""
        return self._read(HELD_USER, {"user": user_id})

    def _read(self, statement: Statement, values: Values) -> User | None:
        row = self._cursor.row(statement, values)
        return user_of_row(dict(zip(_COLUMNS, row, strict=True))) if row else None

    def replace(self, user: User) -> None:
        """Write all columns of an account but its hash."""
        self._names.refuse_taken(user)
        self._connection.execute(
            update(users).where(users.c.id == user.id).values(**user_row(user))
        )
        self._names.settle(user.id)
        self._words.settle(user.id)

    def release_name(self, user_id: str, name: str, *, instead: str) -> bool:
        """Take a name from an account that has not verified it."""
        released = self._names.release(user_id, name, instead=instead)
        if released:
            self._words.settle(user_id)
        return released

    def set_password_hash(
        self, user_id: str, new: str, *, expected: str | None, must_change: bool = False
    ) -> bool:
        """Exchange the hash if it is still the expected one."""
        done = self._connection.execute(
            update(users)
            .where(users.c.id == user_id, users.c.password_hash.is_not_distinct_from(expected))
            .values(password_hash=new, must_change_password=must_change)
        )
        return done.rowcount == 1

    def page(self, *, after: str | None, limit: int) -> Sequence[User]:
        """Return accounts in the order of their ids."""
        query = select(users).order_by(users.c.id).limit(limit)
        if after is not None:
            query = query.where(users.c.id > after)
        return [user_of_row(row) for row in self._connection.execute(query).mappings()]

    def purge(self, now: datetime, limit: int) -> Sequence[str]:
        """Scrub accounts whose time to come back is over."""
        due = self._connection.execute(
            # Another process may do the same now. It scrubs the rows that it holds.
            self._dialect.for_update_of_free(
                select(users).where(users.c.purge_at <= now, users.c.username != "").limit(limit)
            )
        )
        scrubbed = []
        for user in map(user_of_row, due.mappings()):
            self._connection.execute(delete(login_names).where(login_names.c.user_id == user.id))
            self._connection.execute(delete(search_words).where(search_words.c.user_id == user.id))
            self._connection.execute(delete(identities).where(identities.c.user_id == user.id))
            self._connection.execute(delete(contacts).where(contacts.c.user_id == user.id))
            self._connection.execute(delete(user_roles).where(user_roles.c.user_id == user.id))
            empty = replace(
                user,
                username="",
                email=None,
                email_verified_at=None,
                display_name=None,
                avatar_file_id=None,
                disabled_reason=None,
            )
            self._connection.execute(
                update(users)
                .where(users.c.id == user.id)
                .values(password_hash=None, roles="[]", roles_until=None, **user_row(empty))
            )
            scrubbed.append(user.id)
        return scrubbed
