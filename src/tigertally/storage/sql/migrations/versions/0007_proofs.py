"""How often a session's owner proved again who they are: older access tokens become invalid."""

from collections.abc import Sequence

import sqlalchemy as sa

from tigertally.storage.sql.migrations.steps import add_column, drop_column

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add a column to each of two tables. A service of the former version can go on writing."""
    add_column(
        "tally_sessions", sa.Column("proof", sa.Integer(), server_default="0", nullable=False)
    )
    add_column("tally_revocations", sa.Column("proof", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop both. Access tokens from before the last proof are valid again until they expire."""
    drop_column("tally_revocations", "proof")
    drop_column("tally_sessions", "proof")
