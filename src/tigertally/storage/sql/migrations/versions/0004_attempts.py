"""Reserve attempts before they are made: states replace counters."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_BINARY: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    """Create the table of states, and drop the counters."""
    op.create_table(
        "tally_attempts",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally_attempts")),
        **_BINARY,
    )
    op.create_index(
        op.f("ix_tally_attempts_expires_at"), "tally_attempts", ["expires_at"], unique=False
    )
    op.drop_table("tally_counters")


def downgrade() -> None:
    """Start counting from zero."""
    op.create_table(
        "tally_counters",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally_counters")),
        **_BINARY,
    )
    op.create_index(
        op.f("ix_tally_counters_expires_at"), "tally_counters", ["expires_at"], unique=False
    )
    op.drop_table("tally_attempts")
