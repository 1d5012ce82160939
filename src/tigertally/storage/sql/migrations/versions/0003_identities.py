"""Identities at providers, providers' codes in use, and the tokens of our apps there."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_BINARY: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "tally_identities",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("union_id", sa.String(length=128), nullable=True),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["tally_users.id"], name=op.f("fk_tally_identities_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_identities")),
        **_BINARY,
    )
    for columns, unique in (
        (["provider", "app_id", "subject"], True),
        (["union_id"], False),
        (["user_id"], False),
    ):
        name = op.f(f"ix_tally_identities_{'_'.join(columns)}")
        op.create_index(name, "tally_identities", columns, unique=unique)
    op.create_table(
        "tally_sign_in_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=26), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("app_id", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=128), nullable=True),
        sa.Column("union_id", sa.String(length=128), nullable=True),
        sa.Column("session_id", sa.String(length=26), nullable=True),
        sa.Column("created", sa.Boolean(), nullable=True),
        sa.Column("replaced", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_tally_sign_in_codes")),
        **_BINARY,
    )
    op.create_index(
        op.f("ix_tally_sign_in_codes_forget_at"),
        "tally_sign_in_codes",
        ["forget_at"],
        unique=False,
    )
    op.create_table(
        "tally_app_tokens",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("holder", sa.String(length=26), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally_app_tokens")),
        **_BINARY,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("tally_app_tokens", "tally_sign_in_codes", "tally_identities"):
        op.drop_table(table)
