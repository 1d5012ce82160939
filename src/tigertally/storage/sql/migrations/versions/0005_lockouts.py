"""Locks for people to see and to open, and refusals that are logged once a minute."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_BINARY: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "tally_event_folds",
        sa.Column("fold", sa.String(length=120), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fold", name=op.f("pk_tally_event_folds")),
        **_BINARY,
    )
    op.create_index(
        op.f("ix_tally_event_folds_until"), "tally_event_folds", ["until"], unique=False
    )
    op.create_table(
        "tally_lockouts",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally_lockouts")),
        **_BINARY,
    )
    for column in ("user_id", "until"):
        name = op.f(f"ix_tally_lockouts_{column}")
        op.create_index(name, "tally_lockouts", [column], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table in ("tally_lockouts", "tally_event_folds"):
        op.drop_table(table)
