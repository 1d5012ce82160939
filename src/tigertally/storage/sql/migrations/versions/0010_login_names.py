"""Which login names are verified addresses.

An unverified address that signs in already stays a login name of its account, so that nobody is
locked out, until somebody verifies it.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import add_column, drop_column

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_PAGE = 1000


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


_USERS = _table("tally_users", "id", "username", "email", "email_verified_at")
_CONTACTS = _table(
    "tally_contacts", "id", "user_id", "kind", "value", "verified_key", "verified_at"
)
_NAMES = sa.table(
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
    for row in _all(verified, _CONTACTS.c.id):
        key = _key(row.value)
        owner = _owner(key)
        if owner not in {None, row.user_id} and _key(_username(owner)) == key:
            # Somebody signs in with it. Its owner can verify it again, and then it is theirs.
            unverified = sa.update(_CONTACTS).where(_CONTACTS.c.id == row.id)
            op.get_bind().execute(unverified.values(verified_key=None, verified_at=None))
        else:
            _give(key, row.user_id)


def _note_profiles() -> None:
    verified = sa.select(_USERS.c.id, _USERS.c.email).where(
        _USERS.c.email.is_not(None), _USERS.c.email_verified_at.is_not(None)
    )
    for row in _all(verified, _USERS.c.id):
        key = _key(row.email)
        if _owner(key) in {None, row.id}:
            _give(key, row.id)
        else:
            unverified = sa.update(_USERS).where(_USERS.c.id == row.id)
            op.get_bind().execute(unverified.values(email_verified_at=None))


def _give(key: str, user_id: str) -> None:
    """Make a key the verified login name of an account."""
    here = _NAMES.c.name_key == key
    given: dict[str, Any] = {"user_id": user_id, "verified": True}
    if _owner(key) is None:
        op.get_bind().execute(sa.insert(_NAMES).values(name_key=key, **given))
    else:
        op.get_bind().execute(sa.update(_NAMES).where(here).values(**given))


def _owner(key: str) -> Any:
    return op.get_bind().scalar(sa.select(_NAMES.c.user_id).where(_NAMES.c.name_key == key))


def _username(user_id: str) -> str:
    return str(
        op.get_bind().scalar(sa.select(_USERS.c.username).where(_USERS.c.id == user_id)) or ""
    )


def _all(rows: sa.Select[Any], by: sa.ColumnElement[Any]) -> Iterator[sa.Row[Any]]:
    """Return the rows, in pages: the connection is needed in between."""
    last = ""
    while page := op.get_bind().execute(rows.where(by > last).order_by(by).limit(_PAGE)).all():
        yield from page
        last = page[-1].id


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return unicodedata.normalize("NFKC", folded)
