"""Reserve attempts before they are made: states replace counters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import create_index, create_table, drop_tables

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Create the table of states, and drop the counters."""
    create_table(
        "tally_attempts",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally_attempts")),
    )
    create_index("tally_attempts", "expires_at")
    drop_tables("tally_counters")


def downgrade() -> None:
    """Start counting from zero."""
    create_table(
        "tally_counters",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tally_counters")),
    )
    create_index("tally_counters", "expires_at")
    drop_tables("tally_attempts")
