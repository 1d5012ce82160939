"""Roles and permissions, kinds of feed entries, and who did what in the log.

The column ``tally_users.roles`` stays: it is what access tokens carry, and the version before reads
and writes it.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import (
    add_column,
    create_index,
    create_table,
    drop_column,
    drop_index,
    drop_tables,
)

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_PAGE = 1000

_READ = (
    "tally:event:list",
    "tally:role:list",
    "tally:service:list",
    "tally:session:list",
    "tally:settings:read",
    "tally:stats:read",
    "tally:user:list",
)
_ACT = (
    "tally:session:end",
    "tally:user:disable",
    "tally:user:roles",
    "tally:user:sign_out",
    "tally:user:unlock",
)
_SEEDS: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "admin": ("Administrator", "May do everything.", ["*"]),
    "security": ("Security", "Ends sessions, disables and unlocks accounts.", [*_READ, *_ACT]),
    "auditor": ("Auditor", "Reads everything, changes nothing.", _READ),
}

_USERS = sa.table("tally_users", sa.column("id"), sa.column("roles"))
_ROLES = sa.table(
    "tally_roles",
    *(sa.column(name) for name in ("id", "key", "name", "description")),
    sa.column("builtin", sa.Boolean),
)
_PERMISSIONS = sa.table("tally_role_permissions", sa.column("role_id"), sa.column("permission"))
_GRANTS = sa.table(
    "tally_user_roles",
    *(sa.column(name) for name in ("user_id", "role_id", "granted_by", "granted_at", "expires_at")),
)
_EVENTS = ("tally_events", "actor_id", "id")


def upgrade() -> None:
    """Add tables and columns, and move the roles over. All of it can be done twice.

    A service of the former version can go on writing: it leaves the new columns empty.
    """
    add_column(
        "tally_users",
        sa.Column("claims_version", sa.Integer(), server_default="0", nullable=False),
    )
    add_column("tally_users", sa.Column("roles_until", sa.BigInteger(), nullable=True))
    for column in (
        sa.Column("kind", sa.String(1), nullable=True),
        sa.Column("user_id", sa.String(64), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
    ):
        add_column("tally_revocations", column)
    add_column("tally_events", sa.Column("actor_id", sa.String(64), nullable=True))
    add_column("tally_events", sa.Column("changes", sa.Text(), nullable=True))
    create_index(*_EVENTS)
    _create_tables()
    _seed()
    _move_over()


def downgrade() -> None:
    """Drop them. The roles that accounts have for good stay in ``tally_users.roles``."""
    _take_what_would_never_end()
    drop_tables("tally_user_roles", "tally_role_permissions", "tally_roles")
    drop_index(*_EVENTS)
    drop_column("tally_events", "changes")
    drop_column("tally_events", "actor_id")
    for name in ("number", "user_id", "kind"):
        drop_column("tally_revocations", name)
    drop_column("tally_users", "roles_until")
    drop_column("tally_users", "claims_version")


def _create_tables() -> None:
    create_table(
        "tally_roles",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("builtin", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally_roles"),
        sa.UniqueConstraint("key", name="uq_tally_roles_key"),
    )
    create_table(
        "tally_role_permissions",
        sa.Column("role_id", sa.String(26), nullable=False),
        sa.Column("permission", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["tally_roles.id"], name="fk_tally_role_permissions_role_id"
        ),
        sa.PrimaryKeyConstraint("role_id", "permission", name="pk_tally_role_permissions"),
    )
    create_table(
        "tally_user_roles",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("role_id", sa.String(26), nullable=False),
        sa.Column("granted_by", sa.String(26), nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_id"], ["tally_roles.id"], name="fk_tally_user_roles_role_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["tally_users.id"], name="fk_tally_user_roles_user_id"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name="pk_tally_user_roles"),
    )
    create_index("tally_user_roles", "role_id")


def _seed() -> None:
    for key, (name, description, permissions) in _SEEDS.items():
        # Their ids are their keys: a second run finds what the first one wrote.
        if not _is_there(_ROLES.c.id == key):
            row = {"id": key, "key": key, "name": name, "description": description}
            op.get_bind().execute(sa.insert(_ROLES).values(**row, builtin=True))
        for permission in permissions:
            here = {"role_id": key, "permission": permission}
            if not _is_there(
                _PERMISSIONS.c.role_id == key, _PERMISSIONS.c.permission == permission
            ):
                op.get_bind().execute(sa.insert(_PERMISSIONS).values(**here))


def _move_over() -> None:
    """Write a grant for each role of each account, and a role for each name that was used."""
    now = time.time_ns() // 1000
    for user_id, roles in _roles_of_all():
        for key in roles:
            role_id = _role_of(key)
            if not _is_there(_GRANTS.c.user_id == user_id, _GRANTS.c.role_id == role_id):
                op.get_bind().execute(
                    sa.insert(_GRANTS).values(user_id=user_id, role_id=role_id, granted_at=now)
                )


def _take_what_would_never_end() -> None:
    """Leave no role to an account for good that it has for a time."""
    if not sa.inspect(op.get_bind()).has_table(_GRANTS.name):
        return
    lasting = (
        sa.select(_ROLES.c.key)
        .join_from(_GRANTS, _ROLES, _ROLES.c.id == _GRANTS.c.role_id)
        .where(_GRANTS.c.expires_at.is_(None))
        .order_by(_ROLES.c.key)
    )
    ending = sa.select(_GRANTS.c.user_id).where(_GRANTS.c.expires_at.is_not(None)).distinct()
    for user_id in op.get_bind().scalars(ending).all():
        kept = op.get_bind().scalars(lasting.where(_GRANTS.c.user_id == user_id)).all()
        here = sa.update(_USERS).where(_USERS.c.id == user_id)
        op.get_bind().execute(here.values(roles=json.dumps([*kept])))


def _role_of(key: str) -> str:
    found = op.get_bind().scalar(sa.select(_ROLES.c.id).where(_ROLES.c.key == key))
    if found is None:
        # An application asks for it by name (`role=`), so it gives no permission yet.
        count = op.get_bind().scalar(sa.select(sa.func.count()).select_from(_ROLES))
        found = f"former-{count}"
        row = {"id": found, "key": key, "name": key, "description": ""}
        op.get_bind().execute(sa.insert(_ROLES).values(**row, builtin=False))
    return str(found)


def _roles_of_all() -> Iterator[tuple[str, Sequence[str]]]:
    """Return the accounts that have roles, in pages: the connection is needed in between."""
    last, having = "", sa.select(_USERS).where(_USERS.c.roles != "[]").order_by(_USERS.c.id)
    while page := op.get_bind().execute(having.where(_USERS.c.id > last).limit(_PAGE)).all():
        for row in page:
            # No door of ours ever gave a longer name.
            yield row.id, [key for key in json.loads(row.roles) if 0 < len(key) <= 64]
        last = page[-1].id


def _is_there(*where: Any) -> bool:
    return bool(op.get_bind().scalar(sa.select(sa.literal(1)).where(*where)))
