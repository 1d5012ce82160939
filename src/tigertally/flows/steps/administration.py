"""What every administrative act needs: an actor who may, and an administrator who stays."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from tigertally.core.permissions import RolePermissions
from tigertally.core.ports.store import Transaction
from tigertally.core.roles import keys_of
from tigertally.core.sessions import Device
from tigertally.core.users import User
from tigertally.errors import Forbidden, LastAdministrator, NotFound, SetupError
from tigertally.flows.context import Actor, Context, acting_device, hold_actor


@contextmanager
def keeping_an_administrator(tx: Transaction, now: datetime) -> Iterator[None]:
    """Refuse an act that takes away the last administrator (LastAdministrator).

    Enter it before an account is held: acts of this kind happen one after another, so that two
    administrators who remove each other cannot both succeed. Do what changes accounts, roles or
    grants within, in the same transaction; an exception undoes it. An installation that has no
    administrator yet is not hindered.
    """
    tx.roles.hold()
    had_one = tx.roles.has_administrator(now)
    yield
    if had_one and not tx.roles.has_administrator(now):
        raise LastAdministrator


def refuse_the_last(context: Context, user_id: str, now: datetime) -> None:
    """Refuse an act on the last administrator (LastAdministrator), before anything is done.

    Only :func:`keeping_an_administrator` decides. This spares the sessions that an act would end
    before its own transaction.
    """
    with context.store.reading() as tx:
        others = tx.roles.has_administrator(now, besides=user_id)
        if not others and tx.roles.has_administrator(now):
            raise LastAdministrator


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who may act on others, as the database says in this transaction."""

    user_id: str | None
    """``None``: an operator on the command line."""
    roles: tuple[str, ...]
    given: RolePermissions
    device: Device | None = None

    def may(self, permission: str) -> bool:
        """Tell whether they have a permission."""
        return self.given.allow(self.roles, permission)

    def require_power_over(self, target: User) -> None:
        """Refuse to act on somebody who may do more than the actor (Forbidden).

        For acts that take over an account or put it out of action. Otherwise whoever resets
        passwords could become an administrator.
        """
        self.require_all(self.given.of(target.roles))

    def require_all(self, permissions: Iterable[str]) -> None:
        """Refuse to handle permissions that the actor has not (Forbidden).

        For roles that are given, taken away or changed: nobody gives what they do not have.
        """
        if not all(self.may(one) for one in permissions):
            raise Forbidden


def require_own_roles(context: Context, user: User) -> None:
    """Refuse to give roles where an application has them, and ours would count for nothing.

    Raises SetupError.
    """
    if context.load_roles is not None or user.created_at is None:
        raise SetupError(
            "the application has the roles of its users, not we",
            remedy="give the role there; the function in TigerTally(app, roles=…) returns it",
        )


def hold_both(
    context: Context,
    tx: Transaction,
    actor: Actor,
    user_id: str,
    *,
    permission: str,
    now: datetime,
) -> tuple[Acting, User]:
    """Hold the actor's account and another one; return both, as they are now.

    The verifier has let the request in, but the actor's session or roles may have been taken away
    since. Raises SessionEnded or SessionUnknown, Forbidden without the permission, and NotFound if
    there is no other account. Where somebody may be the last administrator, enter
    :func:`keeping_an_administrator` before.
    """
    # In one order for all: two who act on each other must not wait for each other.
    held = {one: tx.users.hold(one) for one in sorted({actor.user_id, user_id})}
    acting = authorised(context, tx, actor, permission=permission, now=now)
    target = held[user_id]
    if target is None or target.is_gone(now):
        raise NotFound("no such user")
    return acting, target


def authorised(
    context: Context, tx: Transaction, actor: Actor, *, permission: str, now: datetime
) -> Acting:
    """Return the actor, who has a live session and the permission now. Raises as above.

    Where an application has the roles, the ones of the token count: its tables are not ours to
    read in a transaction.
    """
    user, session = hold_actor(tx, actor, now)
    roles = actor.roles
    if context.load_roles is None:
        roles = keys_of(tx.roles.grants(user.id), now)
    given = RolePermissions({role.key: role.permissions for role in tx.roles.all()})
    acting = Acting(user.id, roles, given, acting_device(session, actor))
    if not acting.may(permission):
        raise Forbidden
    return acting
