"""Words that find accounts, and indexes for the lists of administrators."""

import unicodedata
from collections.abc import Iterator, Sequence
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

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_PAGE = 1000
_WORD_MAX = 120


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


_USERS = _table("tally_users", "id", "username", "email", "display_name")
_CONTACTS = _table("tally_contacts", "id", "user_id", "kind", "value")
_WORDS = _table("tally_search_words", "word", "user_id")

_INDEXES = (
    ("tally_users", "created_at"),
    ("tally_users", "disabled_at"),
    ("tally_users", "deleted_at"),
    ("tally_sessions", "ip"),
    ("tally_sessions", "ended_at", "created_at"),
    ("tally_events", "user_id", "at"),
    ("tally_events", "name", "at"),
    ("tally_events", "ip", "at"),
    ("tally_events", "actor_id", "at"),
    ("tally_user_roles", "role_id", "user_id"),
)

_REPLACED = (("tally_events", "user_id", "id"), ("tally_events", "actor_id", "id"))


def upgrade() -> None:
    """Add them. A service of the former version can go on writing, without new words."""
    create_table(
        "tally_search_words",
        sa.Column(
            "word",
            sa.String(length=_WORD_MAX).with_variant(
                sa.String(length=_WORD_MAX, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["tally_users.id"], name=op.f("fk_tally_search_words_user_id")
        ),
        sa.PrimaryKeyConstraint("word", "user_id", name=op.f("pk_tally_search_words")),
    )
    create_index("tally_search_words", "user_id")
    add_column(
        "tally_users",
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for table, *columns in _INDEXES:
        create_index(table, *columns)
    for table, *columns in _REPLACED:
        drop_index(table, *columns)
    _fill()


def downgrade() -> None:
    """Drop them, and make the former ones again."""
    for table, *columns in _REPLACED:
        create_index(table, *columns)
    for table, *columns in reversed(_INDEXES):
        drop_index(table, *columns)
    drop_column("tally_users", "must_change_password")
    drop_tables("tally_search_words")


def _fill() -> None:
    """Write the words of all accounts. It can be done twice."""
    op.get_bind().execute(sa.delete(_WORDS))
    named = sa.select(_USERS).where(_USERS.c.username != "")
    for rows in _pages(named, _USERS.c.id):
        words = {
            (row.id, key)
            for row in rows
            for text in (row.username, row.email, row.display_name)
            if text and (key := _key(text))
        }
        ids = [row.id for row in rows]
        for row in op.get_bind().execute(sa.select(_CONTACTS).where(_CONTACTS.c.user_id.in_(ids))):
            words |= {(row.user_id, key) for key in _keys_of_contact(row.kind, row.value)}
        _insert(words)


def _keys_of_contact(kind: str, value: str) -> set[str]:
    return {value, value.removeprefix("+86")} if kind == "phone" else {_key(value)}


def _insert(words: set[tuple[str, str]]) -> None:
    if words:
        rows = [{"word": word, "user_id": user_id} for user_id, word in sorted(words)]
        op.get_bind().execute(sa.insert(_WORDS), rows)


def _pages(rows: sa.Select[Any], by: sa.ColumnElement[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
    """Return the rows, in pages: the connection is needed in between."""
    last = ""
    while page := op.get_bind().execute(rows.where(by > last).order_by(by).limit(_PAGE)).all():
        yield page
        last = page[-1].id


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return unicodedata.normalize("NFKC", folded)[:_WORD_MAX]
