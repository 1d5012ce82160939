"""Lists of all accounts and of all live sessions in SQL.

Each statement walks one index in the order of the list and stops after a page, however many rows
there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)

from tigertally.core.directory import (
    FoundUser,
    OnlinePage,
    SessionFilter,
    UserFilter,
    UserPage,
    UserState,
    search_key,
)
from tigertally.core.identifiers import is_new_id
from tigertally.core.pages import Place, WordPlace
from tigertally.core.users import User
from tigertally.errors import InvalidRequest
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.compiled import alive
from tigertally.storage.sql.session_rows import session_of_row
from tigertally.storage.sql.tables import (
    lockouts,
    roles,
    search_words,
    sessions,
    user_roles,
    users,
)
from tigertally.storage.sql.user_rows import user_of_row

SCANNED: Final = 500
"""Rows that one page looks at, where not all of them may fit: accounts with a fitting word or role,
or live sessions where a role has more holders than this."""

_LAST: Final = "\U0010ffff"
"""Sorts behind all characters of names: it stands for none."""

_ORDERS: Final[dict[UserState | None, Column[Any]]] = {
    UserState.DISABLED: users.c.disabled_at,
    UserState.DELETED: users.c.deleted_at,
}
"""By which time accounts of a state are listed. An index of it leads to those few."""


class SqlDirectory:
    """Implements :class:`tigertally.core.ports.directory.Directory` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def users(
        self, wanted: UserFilter, now: datetime, *, after: Place | WordPlace | None, limit: int
    ) -> UserPage:
        """Return a page of accounts."""
        if wanted.words is not None and (key := search_key(wanted.words)):
            if isinstance(after, Place):
                raise InvalidRequest.at("cursor", "pattern")
            return self._found(key, wanted, now, after=after, limit=limit)
        if isinstance(after, WordPlace):
            raise InvalidRequest.at("cursor", "pattern")
        if wanted.state is UserState.LOCKED:
            return self._locked(wanted, now, after=after, limit=limit)
        if wanted.role is not None:
            return self._with_role(wanted, wanted.role, now, after=after, limit=limit)
        by = _ORDERS.get(wanted.state, users.c.created_at)
        query = select(*_shown(now)).where(*_conditions(wanted, now))
        if after is not None:
            # The first condition is the one that leads into the index.
            query = query.where(by <= after.at, tuple_(by, users.c.id) < _bounds(after))
        found = self._read(query.order_by(by.desc(), users.c.id.desc()).limit(limit + 1))
        shown = found[:limit]
        following = _place(shown[-1].user, by) if len(found) > limit else None
        return UserPage(shown, following)

    def _found(
        self, key: str, wanted: UserFilter, now: datetime, *, after: WordPlace | None, limit: int
    ) -> UserPage:
        """Return accounts by their words, each at the first of its words that fits."""
        fitting = select(*_shown(now)).where(*_conditions(wanted, now))
        if is_new_id(key) and after is None:
            named = self._read(fitting.where(users.c.id == key))
            if named:
                return UserPage(named, None)
        most = limit if wanted.state is None and wanted.role is None else SCANNED
        pairs = self._words(key, after=after, limit=most + 1)
        ids = [user_id for _, user_id in pairs[:most]]
        by_id = {one.user.id: one for one in self._read(fitting.where(users.c.id.in_(ids)))}
        fit = [pair for pair in pairs[:most] if pair[1] in by_id]
        shown = [by_id[user_id] for _, user_id in fit[:limit]]
        if len(fit) > limit:
            return UserPage(shown, WordPlace(*fit[limit - 1]))
        return UserPage(shown, WordPlace(*pairs[most - 1]) if len(pairs) > most else None)

    def _words(self, key: str, *, after: WordPlace | None, limit: int) -> Sequence[tuple[str, str]]:
        word, user_id = search_words.c.word, search_words.c.user_id
        other = search_words.alias()
        earlier = exists().where(
            other.c.user_id == user_id, other.c.word >= key, other.c.word < word
        )
        query = select(word, user_id).where(word >= key, word < key + _LAST, ~earlier)
        if after is not None:
            behind = tuple_(literal(after.word), literal(after.id))
            query = query.where(word >= after.word, tuple_(word, user_id) > behind)
        rows = self._connection.execute(query.order_by(word, user_id).limit(limit))
        return [(row.word, row.user_id) for row in rows]

    def _with_role(
        self, wanted: UserFilter, role: str, now: datetime, *, after: Place | None, limit: int
    ) -> UserPage:
        """Return accounts with a role, in the order of their ids, as the index has them."""
        most = limit if wanted.state is None else SCANNED
        ids = self._holders(role, now, after=after.id if after else "", limit=most + 1)
        fitting = select(*_shown(now)).where(*_conditions(replace(wanted, role=None), now))
        found = self._read(fitting.where(users.c.id.in_(ids[:most])).order_by(users.c.id))
        shown = found[:limit]
        if len(found) > limit:
            return UserPage(shown, Place(now, shown[-1].user.id))
        return UserPage(shown, Place(now, ids[most - 1]) if len(ids) > most else None)

    def _holders(self, role: str, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        holder = user_roles.c.user_id
        query = _having(role, now).where(holder > after).order_by(holder).limit(limit)
        return self._connection.scalars(query).all()

    def _locked(
        self, wanted: UserFilter, now: datetime, *, after: Place | None, limit: int
    ) -> UserPage:
        """Return accounts with a lock, in the order of their ids: locks come and go."""
        owner = lockouts.c.user_id
        query = select(owner).distinct().where(owner.is_not(None), lockouts.c.until > now)
        if wanted.role is not None:
            query = query.where(owner.in_(_having(wanted.role, now)))
        if after is not None:
            query = query.where(owner > after.id)
        ids = self._connection.scalars(query.order_by(owner).limit(limit + 1)).all()
        named = (users.c.id.in_(ids[:limit]), users.c.username != "")
        found = self._read(select(*_shown(now)).where(*named).order_by(users.c.id))
        return UserPage(found, Place(now, ids[limit - 1]) if len(ids) > limit else None)

    def user(self, user_id: str, now: datetime) -> FoundUser | None:
        """Return an account."""
        named = (users.c.id == user_id, users.c.username != "")
        return next(iter(self._read(select(*_shown(now)).where(*named))), None)

    def people(self, ids: Collection[str]) -> Mapping[str, User]:
        """Return accounts by their ids."""
        query = select(users).where(users.c.id.in_(sorted(ids)), users.c.username != "")
        rows = self._connection.execute(query).mappings() if ids else ()
        return {row["id"]: user_of_row(row) for row in rows}

    def online(
        self, wanted: SessionFilter, now: datetime, *, after: Place | None, limit: int
    ) -> OnlinePage:
        """Return a page of live sessions, with their owners."""
        fits, most = self._fitting(wanted, now, limit)
        query = select(sessions, fits.label("fits")).where(*alive(literal(now, Instant)))
        if wanted.user_id is not None:
            query = query.where(sessions.c.user_id == wanted.user_id)
        if wanted.address is not None:
            query = query.where(sessions.c.ip == wanted.address)
        if wanted.device_type is not None:
            query = query.where(sessions.c.device_type == wanted.device_type.value)
        if most == limit:
            query = query.where(fits)
        here = (sessions.c.created_at, sessions.c.id)
        if after is not None:
            query = query.where(here[0] <= after.at, tuple_(*here) < _bounds(after))
        latest = query.order_by(*(column.desc() for column in here)).limit(most + 1)
        rows = [dict(row) for row in self._connection.execute(latest).mappings()]
        fitting = [row for row in rows[:most] if row.pop("fits")]
        shown = [session_of_row(row) for row in fitting[:limit]]
        last = fitting[limit - 1] if len(fitting) > limit else None
        if last is None and len(rows) > most:
            last = rows[most - 1]
        owners = self.people({session.user_id for session in shown})
        following = Place(last["created_at"], last["id"]) if last else None
        return OnlinePage([(one, owners.get(one.user_id)) for one in shown], following)

    def _fitting(
        self, wanted: SessionFilter, now: datetime, limit: int
    ) -> tuple[ColumnElement[bool], int]:
        """Return which sessions are of the role, and how many to look at.

        The sessions of few people are found by their owners. If very many have the role, looking
        at the latest sessions finds enough of them.
        """
        if wanted.role is None:
            return true(), limit
        if wanted.user_id is not None:
            return sessions.c.user_id.in_(_having(wanted.role, now)), limit
        ids = self._holders(wanted.role, now, after="", limit=SCANNED + 1)
        if len(ids) <= SCANNED:
            return sessions.c.user_id.in_(ids), limit
        return sessions.c.user_id.in_(_having(wanted.role, now)), max(SCANNED, limit)

    def _read(self, query: Select[Any]) -> Sequence[FoundUser]:
        found = []
        for row in self._connection.execute(query).mappings():
            columns = dict(row)
            locked_until = columns.pop("locked_until")
            found.append(FoundUser(user_of_row(columns), locked_until))
        return found


def _shown(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of an account, and until when it is locked."""
    locked = (
        select(func.max(lockouts.c.until))
        .where(lockouts.c.user_id == users.c.id, lockouts.c.until > now)
        .correlate(users)
        .scalar_subquery()
    )
    return (*users.c, type_coerce(locked, Instant).label("locked_until"))


def _bounds(place: Place) -> ColumnElement[Any]:
    return tuple_(literal(place.at, Instant), literal(place.id))


def _place(user: User, by: Column[Any]) -> Place:
    return Place(getattr(user, by.name), user.id)


def _having(role: str, now: datetime) -> Select[Any]:
    """Return the ids of those who have a role now."""
    grants = user_roles.c
    named = select(roles.c.id).where(roles.c.key == role).scalar_subquery()
    lasts = or_(grants.expires_at.is_(None), grants.expires_at > now)
    return select(grants.user_id).where(grants.role_id == named, lasts)


def _conditions(wanted: UserFilter, now: datetime) -> list[ColumnElement[bool]]:
    # Without a name is what was deleted for good: only the id is left.
    found: list[ColumnElement[bool]] = [users.c.username != ""]
    if wanted.role is not None:
        found.append(users.c.id.in_(_having(wanted.role, now)))
    match wanted.state:
        case UserState.ACTIVE:
            over = users.c.disabled_until <= now
            found += [or_(users.c.disabled_at.is_(None), over), users.c.deleted_at.is_(None)]
        case UserState.DISABLED:
            lasts = or_(users.c.disabled_until.is_(None), users.c.disabled_until > now)
            found += [users.c.disabled_at.is_not(None), lasts]
        case UserState.DELETED:
            found += [users.c.deleted_at.is_not(None)]
        case UserState.LOCKED:
            locked = select(lockouts.c.user_id).where(lockouts.c.until > now)
            found += [users.c.id.in_(locked)]
    return found
