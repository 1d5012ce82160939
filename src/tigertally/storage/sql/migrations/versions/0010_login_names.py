"""Which login names are verified addresses.

An unverified address that signs in already stays a login name of its account, so that nobody is
locked out, until somebody verifies it.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import add_column, drop_column, pages

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


_USERS: Final = _table("tally_users", "id", "username", "email", "email_verified_at")
_CONTACTS: Final = _table(
    "tally_contacts", "id", "user_id", "kind", "value", "verified_key", "verified_at"
)
_NAMES: Final = sa.table(
    "tally_login_names",
    sa.column("name_key", sa.String),
    sa.column("user_id", sa.String),
    sa.column("verified", sa.Boolean),
)


def upgrade() -> None:
    """Add the column, and note in it what is verified. Both can be done twice.

    What a code proved comes before what an operator said, and a user name before both.
    """
    column: sa.Column[bool] = sa.Column(
        "verified", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    add_column("tally_login_names", column)
    _note_contacts()
    _note_profiles()


def downgrade() -> None:
    """Drop it. An address that is no login name becomes one when its profile is next changed."""
    drop_column("tally_login_names", "verified")


def _note_contacts() -> None:
    verified = sa.select(_CONTACTS.c.id, _CONTACTS.c.user_id, _CONTACTS.c.value).where(
        _CONTACTS.c.kind == "email", _CONTACTS.c.verified_at.is_not(None)
    )
    for page in pages(verified, _CONTACTS.c.id):
        owners = _owners(_key(row.value) for row in page)
        user_names = _user_names(owners.values())
        given: dict[str, str] = {}
        lost: list[str] = []
        for row in page:
            key = _key(row.value)
            owner = owners.get(key, row.user_id)
            if owner != row.user_id and user_names[owner] == key:
                # Somebody signs in with it. Its owner can verify it again, and then it is theirs.
                lost.append(row.id)
            else:
                given[key] = row.user_id
        _give(given)
        _withdraw(_CONTACTS, lost, verified_key=None, verified_at=None)


def _note_profiles() -> None:
    verified = sa.select(_USERS.c.id, _USERS.c.email).where(
        _USERS.c.email.is_not(None), _USERS.c.email_verified_at.is_not(None)
    )
    for page in pages(verified, _USERS.c.id):
        owners = _owners(_key(row.email) for row in page)
        given: dict[str, str] = {}
        lost: list[str] = []
        for row in page:
            key = _key(row.email)
            if owners.setdefault(key, row.id) == row.id:
                given[key] = row.id
            else:
                lost.append(row.id)
        _give(given)
        _withdraw(_USERS, lost, email_verified_at=None)


def _owners(keys: Iterable[str]) -> dict[str, str]:
    """Return who has these login names."""
    rows = op.get_bind().execute(
        sa.select(_NAMES.c.name_key, _NAMES.c.user_id).where(_NAMES.c.name_key.in_(set(keys)))
    )
    return {row.name_key: row.user_id for row in rows}


def _user_names(ids: Iterable[str]) -> dict[str, str]:
    """Return the user names of these accounts, as login names."""
    # No join: with one, an engine may read a whole table for each page.
    rows = op.get_bind().execute(
        sa.select(_USERS.c.id, _USERS.c.username).where(_USERS.c.id.in_(set(ids)))
    )
    return {row.id: _key(row.username) for row in rows}


def _give(names: dict[str, str]) -> None:
    """Make each key the verified login name of its account."""
    if names:
        op.get_bind().execute(sa.delete(_NAMES).where(_NAMES.c.name_key.in_(names)))
        rows = [{"name_key": key, "user_id": user, "verified": True} for key, user in names.items()]
        op.get_bind().execute(sa.insert(_NAMES), rows)


def _withdraw(table: sa.TableClause, ids: list[str], **unverified: None) -> None:
    if ids:
        op.get_bind().execute(sa.update(table).where(table.c.id.in_(ids)).values(unverified))


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return unicodedata.normalize("NFKC", folded)
