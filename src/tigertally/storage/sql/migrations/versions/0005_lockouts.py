"""Locks for people to see and to open, and refusals that are logged once a minute."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import create_index, create_table, drop_tables

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the two tables."""
    create_table(
        "tally_event_folds",
        sa.Column("fold", sa.String(length=120), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fold", name=op.f("pk_tally_event_folds")),
    )
    create_index("tally_event_folds", "until")
    create_table(
        "tally_lockouts",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally_lockouts")),
    )
    create_index("tally_lockouts", "user_id")
    create_index("tally_lockouts", "until")


def downgrade() -> None:
    """Drop them."""
    drop_tables("tally_lockouts", "tally_event_folds")
