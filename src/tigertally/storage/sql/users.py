"""The accounts in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.core.users import User, name_key
from tigertally.errors import EmailTaken, UsernameTaken
from tigertally.storage.sql.compiled import HELD_USER, USER, USER_BY_NAME
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import DriverCursor, Statement, Values
from tigertally.storage.sql.tables import contacts, identities, login_names, users
from tigertally.storage.sql.user_rows import user_of_row, user_row

_COLUMNS: Final = users.c.keys()


class SqlUsers:
    """Implements :class:`tigertally.core.ports.users.Users` within one transaction."""

    def __init__(self, connection: Connection, cursor: DriverCursor, dialect: Dialect) -> None:
        self._connection = connection
        self._cursor = cursor
        self._dialect = dialect

    def add(self, user: User) -> None:
        """Add an account."""
        self._refuse_taken(user)
        self.add_all([user])

    def add_all(self, users_: Sequence[User]) -> None:
        """Add many accounts, in two statements."""
        if not users_:
            return
        rows = [
            {
                "id": user.id,
                "password_hash": user.password_hash,
                "created_at": user.created_at,
                **user_row(user),
            }
            for user in users_
        ]
        self._connection.execute(insert(users), rows)
        self._write_login_names(*users_)

    def owners(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the owners of these names or addresses."""
        query = select(login_names.c.name_key, login_names.c.user_id).where(
            login_names.c.name_key.in_({name_key(name) for name in names})
        )
        return {row.name_key: row.user_id for row in self._connection.execute(query)}

    def find(self, login: str) -> User | None:
        """Return the account with this user name or address."""
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
        self._refuse_taken(user)
        self._connection.execute(
            update(users).where(users.c.id == user.id).values(**user_row(user))
        )
        self._connection.execute(delete(login_names).where(login_names.c.user_id == user.id))
        self._write_login_names(user)

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        """Exchange the hash if it is still the expected one."""
        done = self._connection.execute(
            update(users)
            .where(users.c.id == user_id, users.c.password_hash.is_not_distinct_from(expected))
            .values(password_hash=new)
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
            self._connection.execute(delete(identities).where(identities.c.user_id == user.id))
            self._connection.execute(delete(contacts).where(contacts.c.user_id == user.id))
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
                .values(password_hash=None, **user_row(empty))
            )
            scrubbed.append(user.id)
        return scrubbed

    def _refuse_taken(self, user: User) -> None:
        # Where there is no common write lock the primary key decides; this tells which of the two.
        for name, taken in ((user.username, UsernameTaken), (user.email, EmailTaken)):
            if name is None:
                continue
            owner = self._connection.scalar(
                select(login_names.c.user_id).where(login_names.c.name_key == name_key(name))
            )
            if owner not in {None, user.id}:
                raise taken

    def _write_login_names(self, *owners: User) -> None:
        keys = {
            name_key(name): user.id
            for user in owners
            for name in (user.username, user.email)
            if name
        }
        rows = [{"name_key": key, "user_id": keys[key]} for key in sorted(keys)]
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(login_names), rows)
        except IntegrityError:
            # Somebody else took one of them since we looked.
            for user in owners:
                self._refuse_taken(user)
            raise
