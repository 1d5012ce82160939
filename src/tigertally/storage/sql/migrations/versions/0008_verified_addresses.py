"""Addresses that are not verified are no names to sign in with; any number may have the same."""

import unicodedata
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_USERS = sa.table(
    "tally_users",
    *(sa.column(name, sa.String) for name in ("id", "username", "email")),
)
_NAMES = sa.table(
    "tally_login_names", *(sa.column(name, sa.String) for name in ("name_key", "user_id"))
)
_PAGE = 1000


def upgrade() -> None:
    """Give up the addresses as names, none of which was verified; then add the column.

    In this order: what is interrupted between the two can begin again.
    """
    give_up = sa.delete(_NAMES).where(
        _NAMES.c.user_id == sa.bindparam("user"), _NAMES.c.name_key != sa.bindparam("key")
    )
    for page in _pages():
        op.get_bind().execute(
            give_up, [{"user": row.id, "key": _key(row.username)} for row in page]
        )
    op.add_column("tally_users", sa.Column("email_verified_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop the column, and make each address a name again where nobody has it yet."""
    op.drop_column("tally_users", "email_verified_at")
    connection = op.get_bind()
    for page in _pages():
        owners = {_key(row.email): row.id for row in reversed(page)}
        taken = connection.scalars(
            sa.select(_NAMES.c.name_key).where(_NAMES.c.name_key.in_(owners))
        ).all()
        free = [{"name_key": key, "user_id": owners[key]} for key in owners.keys() - set(taken)]
        if free:
            connection.execute(sa.insert(_NAMES), free)


def _pages() -> Iterator[Sequence[sa.Row[tuple[str, str, str]]]]:
    last = ""
    while page := (
        op.get_bind()
        .execute(
            sa.select(_USERS)
            .where(_USERS.c.email.is_not(None), _USERS.c.id > last)
            .order_by(_USERS.c.id)
            .limit(_PAGE)
        )
        .all()
    ):
        yield page
        last = page[-1].id


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return unicodedata.normalize("NFKC", folded)
