"""Roles, and who has them, in SQL."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from tigertally.core.permissions import EVERYTHING, RolePermissions
from tigertally.core.roles import ADMIN, Grant, Role, keys_of
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import role_permissions, roles, user_roles, users

_WITH_PERMISSIONS: Final = select(roles, role_permissions.c.permission).select_from(
    roles.outerjoin(role_permissions, role_permissions.c.role_id == roles.c.id)
)


class ClaimsSink(Protocol):
    """Adds to the feed, within the same transaction."""

    def announce_roles(self, now: datetime) -> None:
        """Add a change of what roles give."""
        ...

    def outdate_claims(self, user_id: str, version: int | None, now: datetime) -> None:
        """Make a user's access tokens below a claims version invalid."""
        ...

    def outdate_all(self, second: int, now: datetime) -> None:
        """Make all access tokens issued before a second invalid."""
        ...


class SqlRoles:
    """Implements :class:`tigertally.core.ports.roles.Roles` within one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect, sink: ClaimsSink) -> None:
        self._connection = connection
        self._dialect = dialect
        self._sink = sink

    def hold(self) -> None:
        """Lock the row of a role that nobody can delete; it stands for all."""
        one = select(roles.c.id).where(roles.c.id == ADMIN)
        self._connection.execute(self._dialect.for_update(one)).all()

    def all(self) -> Sequence[Role]:
        """Return all roles."""
        found = self._read(_WITH_PERMISSIONS)
        return sorted(found, key=lambda role: (not role.builtin, role.key))

    def find(self, key: str) -> Role | None:
        """Return the role with this key."""
        return next(iter(self._read(_WITH_PERMISSIONS.where(roles.c.key == key))), None)

    def put(self, role: Role, now: datetime) -> None:
        """Add a role, or write what may change of it."""
        texts = {"name": role.name, "description": role.description}
        here = update(roles).where(roles.c.id == role.id)
        if not self._connection.execute(here.values(**texts)).rowcount and not self.find(role.key):
            self._connection.execute(
                insert(roles).values(id=role.id, key=role.key, builtin=role.builtin, **texts)
            )
        self._forget_permissions(role)
        if role.permissions:
            rows = [{"role_id": role.id, "permission": one} for one in role.permissions]
            self._connection.execute(insert(role_permissions), rows)
        self._sink.announce_roles(now)

    def remove(self, role: Role, now: datetime) -> None:
        """Delete a role."""
        self._forget_permissions(role)
        self._connection.execute(delete(roles).where(roles.c.id == role.id))
        self._sink.announce_roles(now)

    def holders(self, role: Role, limit: int) -> Sequence[str]:
        """Return the ids of users who have a role."""
        having = select(user_roles.c.user_id).where(user_roles.c.role_id == role.id)
        return self._connection.scalars(having.order_by(user_roles.c.user_id).limit(limit)).all()

    def count_holders(self, role: Role) -> int:
        """Return how many users have a role."""
        having = select(func.count()).where(user_roles.c.role_id == role.id)
        return self._connection.scalars(having).one()

    def grants(self, user_id: str) -> Sequence[Grant]:
        """Return the roles of a user."""
        columns = (user_roles.c.granted_at, user_roles.c.granted_by, user_roles.c.expires_at)
        query = (
            select(roles.c.key.label("role"), *columns)
            .join_from(user_roles, roles, roles.c.id == user_roles.c.role_id)
            .where(user_roles.c.user_id == user_id)
        )
        found = [Grant(**row) for row in self._connection.execute(query).mappings()]
        return sorted(found, key=lambda grant: grant.role)

    def set_grants(self, user_id: str, grants: Sequence[Grant], now: datetime) -> None:
        """Replace a user's roles, also in the row that tokens are made from."""
        self._connection.execute(delete(user_roles).where(user_roles.c.user_id == user_id))
        known = self._ids_of([grant.role for grant in grants])
        rows = [
            {
                "user_id": user_id,
                "role_id": known[grant.role],
                "granted_by": grant.granted_by,
                "granted_at": grant.granted_at,
                "expires_at": grant.expires_at,
            }
            for grant in grants
        ]
        if rows:
            self._connection.execute(insert(user_roles), rows)
        self._connection.execute(
            update(users)
            .where(users.c.id == user_id)
            .values(
                roles=json.dumps(keys_of(grants, now)),
                roles_until=min((one.expires_at for one in grants if one.expires_at), default=None),
            )
        )
        self.outdate_claims(user_id, now)

    def outdate_claims(self, user_id: str, now: datetime) -> None:
        """Make a user's access tokens invalid. An application's own users have no row with us."""
        here = users.c.id == user_id
        next_one = update(users).where(here).values(claims_version=users.c.claims_version + 1)
        counted = self._connection.execute(next_one).rowcount
        version = select(users.c.claims_version).where(here)
        number = self._connection.scalars(version).one() if counted else None
        self._sink.outdate_claims(user_id, number, now)

    def outdate_everybody(self, now: datetime) -> None:
        """Make all access tokens invalid that were issued until now."""
        self._sink.outdate_all(int(now.timestamp()) + 1, now)

    def has_administrator(self, now: datetime, *, besides: str | None = None) -> bool:
        """Tell whether somebody is an administrator for good, and can sign in."""
        found = (
            select(users.c.id)
            .join_from(users, user_roles, user_roles.c.user_id == users.c.id)
            .join(role_permissions, role_permissions.c.role_id == user_roles.c.role_id)
            .where(
                role_permissions.c.permission == EVERYTHING,
                user_roles.c.expires_at.is_(None),
                users.c.id != (besides or ""),
                users.c.deleted_at.is_(None),
                or_(users.c.disabled_at.is_(None), users.c.disabled_until <= now),
            )
            .limit(1)
        )
        return self._connection.scalar(found) is not None

    def _ids_of(self, keys: Sequence[str]) -> dict[str, str]:
        found = select(roles.c.key, roles.c.id).where(roles.c.key.in_(keys))
        return {row.key: row.id for row in self._connection.execute(found)}

    def _forget_permissions(self, role: Role) -> None:
        self._connection.execute(
            delete(role_permissions).where(role_permissions.c.role_id == role.id)
        )

    def _read(self, query: Select[Any]) -> Sequence[Role]:
        return read_roles(self._connection, query)


def read_roles(connection: Connection, query: Select[Any] = _WITH_PERMISSIONS) -> Sequence[Role]:
    """Return roles, each with its permissions."""
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query.order_by(roles.c.id)).mappings():
        columns = dict(row)
        permission = columns.pop("permission")
        role = found.setdefault(columns["id"], {**columns, "permissions": []})
        if permission is not None:
            role["permissions"].append(permission)
    return [
        Role(**{**role, "permissions": tuple(sorted(role["permissions"]))})
        for role in found.values()
    ]


def permissions_of(stored: Sequence[Role]) -> RolePermissions:
    """Return what roles give, ready to be asked."""
    return RolePermissions({role.key: role.permissions for role in stored})


def permissions_by_role(connection: Connection) -> Mapping[str, Sequence[str]]:
    """Return what each role gives, sorted."""
    found: dict[str, list[str]] = {}
    both = roles.outerjoin(role_permissions, role_permissions.c.role_id == roles.c.id)
    for key, permission in connection.execute(
        select(roles.c.key, role_permissions.c.permission).select_from(both)
    ):
        given = found.setdefault(key, [])
        if permission is not None:
            given.append(permission)
    return {key: sorted(found[key]) for key in sorted(found)}
