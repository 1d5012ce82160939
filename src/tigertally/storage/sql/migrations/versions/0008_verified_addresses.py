"""Addresses that are known to belong to their accounts; none is, of those that are there."""

from collections.abc import Sequence

import sqlalchemy as sa

from tigertally.storage.sql.migrations.steps import add_column, drop_column

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the column."""
    add_column("tally_users", sa.Column("email_verified_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    drop_column("tally_users", "email_verified_at")
