"""Files of users, and which of them is the avatar."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import (
    add_column,
    create_index,
    create_table,
    drop_column,
    drop_tables,
)

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the table and the column."""
    create_table(
        "tally_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["tally_users.id"], name=op.f("fk_tally_files_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_files")),
    )
    create_index("tally_files", "user_id", "created_at", "id")
    add_column("tally_users", sa.Column("avatar_file_id", sa.String(length=26), nullable=True))


def downgrade() -> None:
    """Drop both; the bytes of the files stay where they are."""
    drop_column("tally_users", "avatar_file_id")
    drop_tables("tally_files")
