"""Verified phone numbers are login names.

A number that is somebody's user name already stays theirs, so that nobody is locked out.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import pages

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_CONTACTS: Final = sa.table(
    "tally_contacts",
    *(sa.column(name) for name in ("id", "user_id", "kind", "value", "verified_at")),
)
_USERS: Final = sa.table("tally_users", sa.column("id"), sa.column("username"))
_NAMES: Final = sa.table(
    "tally_login_names",
    sa.column("name_key", sa.String),
    sa.column("user_id", sa.String),
    sa.column("verified", sa.Boolean),
)
_VERIFIED: Final = sa.select(_CONTACTS.c.id, _CONTACTS.c.user_id, _CONTACTS.c.value).where(
    _CONTACTS.c.kind == "phone", _CONTACTS.c.verified_at.is_not(None)
)


def upgrade() -> None:
    """Give each account its numbers. This can be done twice."""
    for page in pages(_VERIFIED, _CONTACTS.c.id):
        wanted = {name: row.user_id for row in page for name in _names(row.value)}
        found = op.get_bind().execute(
            sa.select(_NAMES.c.name_key, _NAMES.c.user_id).where(_NAMES.c.name_key.in_(wanted))
        )
        taken = {row.name_key: row.user_id for row in found}
        _insert({name: user for name, user in wanted.items() if name not in taken})
        own = [name for name, user in wanted.items() if taken.get(name) == user]
        _set_verified(own, verified=True)


def downgrade() -> None:
    """Take them back. A user name stays one."""
    for page in pages(_VERIFIED, _CONTACTS.c.id):
        names = [name for row in page for name in _names(row.value)]
        user_names = sa.select(_USERS.c.username).where(
            _USERS.c.id.in_({row.user_id for row in page})
        )
        kept = set(names) & set(op.get_bind().execute(user_names).scalars())
        lost = [name for name in names if name not in kept]
        if lost:
            op.get_bind().execute(
                sa.delete(_NAMES).where(_NAMES.c.name_key.in_(lost), _NAMES.c.verified.is_(True))
            )
        _set_verified(sorted(kept), verified=False)


def _names(number: str) -> tuple[str, ...]:
    """Return the forms of a number; the digits of one are its key."""
    return (number, number[3:]) if number.startswith("+86") else (number,)


def _insert(names: dict[str, str]) -> None:
    if names:
        rows = [{"name_key": key, "user_id": user, "verified": True} for key, user in names.items()]
        op.get_bind().execute(sa.insert(_NAMES), rows)


def _set_verified(names: list[str], *, verified: bool) -> None:
    if names:
        op.get_bind().execute(
            sa.update(_NAMES).where(_NAMES.c.name_key.in_(names)).values(verified=verified)
        )
