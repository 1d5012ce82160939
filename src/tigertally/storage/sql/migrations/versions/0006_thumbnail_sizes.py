"""How many bytes thumbnails have: they count against the quota too."""

from collections.abc import Sequence

import sqlalchemy as sa

from tigertally.storage.sql.migrations.steps import add_column, drop_column

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the column. Housekeeping fills it for existing files."""
    add_column("tally_files", sa.Column("thumbnail_size", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    drop_column("tally_files", "thumbnail_size")
