"""Figures for an overview, counted by the hour, and how users signed in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import (
    add_column,
    create_table,
    drop_column,
    drop_tables,
)

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add them. Housekeeping counts the events that are there already."""
    create_table(
        "tally_hourly_counters",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "hour", "detail", name=op.f("pk_tally_hourly_counters")),
    )
    add_column("tally_sessions", sa.Column("way", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Drop them, and forget how far was counted."""
    meta = sa.table("tally_meta", sa.column("name"))
    op.get_bind().execute(sa.delete(meta).where(meta.c.name == "counted"))
    drop_column("tally_sessions", "way")
    drop_tables("tally_hourly_counters")
