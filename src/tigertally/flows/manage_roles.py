"""Manage roles: create, change and delete them, and give them to people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from tigertally.core.events import Change, Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.permissions import EVERYTHING, RolePermissions, is_permission, spell
from tigertally.core.ports.store import Transaction
from tigertally.core.roles import (
    ADMIN,
    DESCRIPTION_MAX,
    NAME_MAX,
    ROLES_MAX,
    Grant,
    Role,
    clean_role_text,
    is_role_key,
    keys_of,
)
from tigertally.core.users import User
from tigertally.errors import InvalidRequest, NotFound, RoleFixed, RoleInUse
from tigertally.flows.context import Actor, Context
from tigertally.flows.steps.administration import (
    Acting,
    authorised,
    hold_both,
    keeping_an_administrator,
    require_own_roles,
)
from tigertally.flows.steps.find_user import find_user

LIST: Final = "tally:role:list"
EDIT: Final = "tally:role:edit"
GIVE: Final = "tally:user:roles"

ALL_ROLES_MAX: Final = 1000
"""Roles of an installation: every process keeps them in memory."""

_OPERATOR: Final = Acting(None, (ADMIN,), RolePermissions({ADMIN: [EVERYTHING]}))
"""Whoever may run commands on the machine may do everything."""

_OVER_HTTP: Final = {
    "created": EventName.ADMIN_ROLE_CREATED,
    "changed": EventName.ADMIN_ROLE_CHANGED,
    "deleted": EventName.ADMIN_ROLE_DELETED,
    "given": EventName.ADMIN_ROLES_GIVEN,
}
_BY_COMMAND: Final = {
    "created": EventName.CLI_ROLE_CREATED,
    "changed": EventName.CLI_ROLE_CHANGED,
    "deleted": EventName.CLI_ROLE_DELETED,
    "given": EventName.CLI_ROLES_GIVEN,
}


_SHOWN: Final = ("key", "name", "description", "permissions")


class CountedRole(NamedTuple):
    """A role, and how many people have it."""

    role: Role
    users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """What is to be changed of a role. What is ``None`` stays."""

    name: str | None = None
    description: str | None = None
    permissions: Sequence[str] | None = None
    give: Sequence[str] = ()
    """Permissions to add."""
    take: Sequence[str] = ()
    """Permissions to remove."""


@dataclass(frozen=True, slots=True)
class ManageRoles:
    """An administrator's acts over HTTP; without an ``actor``, an operator's on the command line.

    Each checks the actor's session and permission once more in its transaction, and raises
    SessionEnded, SessionUnknown or Forbidden. Nobody gives, takes away or changes a role with
    permissions that they do not have themselves (Forbidden).
    """

    context: Context
    actor: Actor | None = None

    def list(self) -> Sequence[CountedRole]:
        """Return all roles, those of every installation first."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            self._acting(tx, LIST, now)
            return [CountedRole(role, tx.roles.count_holders(role)) for role in tx.roles.all()]

    def find(self, key: str) -> CountedRole:
        """Return a role. Raises NotFound."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            self._acting(tx, LIST, now)
            role = _found(tx, key)
            return CountedRole(role, tx.roles.count_holders(role))

    def create(self, key: str, change: RoleChange) -> CountedRole:
        """Create a role. Raises InvalidRequest."""
        if not is_role_key(key):
            raise InvalidRequest.at("key", "role_key_format")
        role = _changed(Role(id=new_id(), key=key, name=key), change)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            tx.roles.hold()
            acting = self._acting(tx, EDIT, now)
            acting.require_all(role.permissions)
            everyone = tx.roles.all()
            if any(one.key == key for one in everyone):
                raise InvalidRequest.at("key", "taken")
            if len(everyone) >= ALL_ROLES_MAX:
                raise InvalidRequest.at("key", "too_many", limit=ALL_ROLES_MAX)
            tx.roles.put(role, now)
            tx.events.append(self._event("created", acting, now, _differences(None, role)))
        return CountedRole(role, 0)

    def change(self, key: str, change: RoleChange) -> CountedRole:
        """Change a role. Whoever has it may do what it gives from their next request on.

        Raises NotFound, InvalidRequest, RoleFixed or LastAdministrator.
        """
        now = self.context.clock.now()
        with self.context.store.writing() as tx, keeping_an_administrator(tx, now):
            acting = self._acting(tx, EDIT, now)
            role = _found(tx, key)
            if role.key == ADMIN:
                raise RoleFixed
            changed = _changed(role, change)
            acting.require_all({*role.permissions, *changed.permissions})
            if changed != role:
                tx.roles.put(changed, now)
                differences = _differences(role, changed)
                tx.events.append(self._event("changed", acting, now, differences))
            return CountedRole(changed, tx.roles.count_holders(changed))

    def remove(self, key: str) -> Role:
        """Delete a role, and return it. Raises NotFound, RoleFixed, or RoleInUse."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            tx.roles.hold()
            acting = self._acting(tx, EDIT, now)
            role = _found(tx, key)
            if role.builtin:
                raise RoleFixed
            acting.require_all(role.permissions)
            if tx.roles.count_holders(role):
                raise RoleInUse
            tx.roles.remove(role, now)
            tx.events.append(self._event("deleted", acting, now, _differences(role, None)))
        return role

    def set_roles(self, user_id: str, keys: Iterable[str]) -> User:
        """Give somebody these roles and no others. Those that they have already stay as they are.

        Raises NotFound, InvalidRequest, LastAdministrator, or SetupError if an application has the
        roles.
        """
        wanted = tuple(dict.fromkeys(keys))

        def choose(now: datetime, former: Mapping[str, Grant], by: str | None) -> Sequence[Grant]:
            return [
                former.get(key) or Grant(role=key, granted_at=now, granted_by=by) for key in wanted
            ]

        return self._give(user_id, choose)

    def grant(self, login: str, key: str, *, until: datetime | None = None) -> User:
        """Give somebody one more role, for good or until a time. Raises as :meth:`set_roles`."""

        def choose(now: datetime, former: Mapping[str, Grant], by: str | None) -> Sequence[Grant]:
            new = Grant(role=key, granted_at=now, granted_by=by, expires_at=until)
            return [*(one for one in former.values() if one.role != key), new]

        return self._give(self._id_of(login), choose)

    def revoke(self, login: str, key: str) -> User:
        """Take a role away from somebody. Raises NotFound if they do not have it."""

        def choose(now: datetime, former: Mapping[str, Grant], by: str | None) -> Sequence[Grant]:
            del now, by
            if key not in former:
                raise NotFound(f"{login} does not have the role {key}")
            return [one for one in former.values() if one.role != key]

        return self._give(self._id_of(login), choose)

    def _give(
        self,
        user_id: str,
        choose: Callable[[datetime, Mapping[str, Grant], str | None], Sequence[Grant]],
    ) -> User:
        now = self.context.clock.now()
        with self.context.store.writing() as tx, keeping_an_administrator(tx, now):
            acting, user = self._both(tx, user_id, now)
            require_own_roles(self.context, user)
            acting.require_power_over(user)
            former = {one.role: one for one in tx.roles.grants(user.id) if one.counts(now)}
            grants = choose(now, former, acting.user_id)
            _require_assignable(tx, acting, former, grants)
            if {*grants} == {*former.values()}:
                return user
            tx.roles.set_grants(user.id, grants, now)
            change = Change(sorted(former), list(keys_of(grants, now)))
            event = self._event("given", acting, now, {"roles": change}, user.id)
            tx.events.append(event)
            return tx.users.get(user.id) or user

    def _acting(self, tx: Transaction, permission: str, now: datetime) -> Acting:
        if self.actor is None:
            return _OPERATOR
        return authorised(self.context, tx, self.actor, permission=permission, now=now)

    def _both(self, tx: Transaction, user_id: str, now: datetime) -> tuple[Acting, User]:
        if self.actor is not None:
            return hold_both(self.context, tx, self.actor, user_id, permission=GIVE, now=now)
        user = tx.users.hold(user_id)
        if user is None or user.is_gone(now):
            raise NotFound("no such user")
        return _OPERATOR, user

    def _id_of(self, login: str) -> str:
        with self.context.store.reading() as tx:
            user = find_user(tx, login)
        if user is None:
            raise NotFound("no such user")
        return user.id

    def _event(
        self,
        act: str,
        acting: Acting,
        now: datetime,
        changes: Mapping[str, Change],
        user_id: str | None = None,
    ) -> Event:
        return Event(
            name=(_BY_COMMAND if self.actor is None else _OVER_HTTP)[act],
            at=now,
            user_id=user_id,
            actor_id=acting.user_id,
            device=acting.device,
            changes=changes,
        )


def _require_assignable(
    tx: Transaction, acting: Acting, former: Mapping[str, Grant], grants: Sequence[Grant]
) -> None:
    """Refuse unknown roles, too many, and those that give more than the actor has."""
    known = {role.key: role for role in tx.roles.all()}
    if any(grant.role not in known for grant in grants):
        raise InvalidRequest.at("roles", "role_unknown")
    if len(grants) > ROLES_MAX:
        raise InvalidRequest.at("roles", "too_many", limit=ROLES_MAX)
    for grant in {*former.values()} ^ {*grants}:
        acting.require_all(known[grant.role].permissions)


def _found(tx: Transaction, key: str) -> Role:
    role = tx.roles.find(key)
    if role is None:
        raise NotFound(f"there is no role {key}")
    return role


def _changed(role: Role, change: RoleChange) -> Role:
    """Return the changed role. Raises InvalidRequest."""
    name = role.name if change.name is None else clean_role_text(change.name, "name", NAME_MAX)
    if not name:
        raise InvalidRequest.at("name", "required")
    description = role.description
    if change.description is not None:
        description = clean_role_text(change.description, "description", DESCRIPTION_MAX)
    given = role.permissions if change.permissions is None else change.permissions
    spelled = {spell(one) for one in (*given, *change.give)} - {spell(one) for one in change.take}
    if not all(map(is_permission, spelled)):
        raise InvalidRequest.at("permissions", "permission_format")
    return replace(role, name=name, description=description, permissions=tuple(sorted(spelled)))


def _differences(before: Role | None, after: Role | None) -> Mapping[str, Change]:
    """Return what is new of a role. Its key is always there: it says which one."""

    def of(role: Role | None) -> Mapping[str, object]:
        if role is None:
            return dict.fromkeys(_SHOWN)
        return {name: getattr(role, name) for name in _SHOWN}

    old, new = of(before), of(after)
    changed = {name: Change(old[name], new[name]) for name in _SHOWN}
    return {name: one for name, one in changed.items() if name == "key" or one.before != one.after}
