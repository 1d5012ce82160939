"""Take away the roles whose time is over, when tokens are made from them."""

from dataclasses import replace
from datetime import datetime

from tigertally.core.ports.store import Store
from tigertally.core.users import User


def without_expired_roles(store: Store, user: User, now: datetime) -> User:
    """Return the user with the roles that count now. Nearly always, that is what is stored."""
    if user.roles_until is None or now < user.roles_until:
        return user
    with store.writing() as tx:
        # A grant that stays is written anew, which locks the row of its role.
        tx.roles.hold()
        held = tx.users.hold(user.id)
        if held is None or held.roles_until is None or now < held.roles_until:
            return user if held is None else _standing(user, held)
        valid = [grant for grant in tx.roles.grants(user.id) if grant.counts(now)]
        tx.roles.set_grants(user.id, valid, now)
        return _standing(user, tx.users.get(user.id) or held)


def _standing(user: User, row: User) -> User:
    """Return the user with what a row says of the roles."""
    return replace(
        user,
        roles=row.roles,
        roles_until=row.roles_until,
        claims_version=row.claims_version,
    )
