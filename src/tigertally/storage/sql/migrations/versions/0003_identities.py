"""Identities at providers, providers' codes in use, and the tokens of our apps there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import create_index, create_table, drop_tables

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the three tables."""
    create_table(
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
    )
    create_index("tally_identities", "provider", "app_id", "subject", unique=True)
    create_index("tally_identities", "union_id")
    create_index("tally_identities", "user_id")
    create_table(
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
    )
    create_index("tally_sign_in_codes", "forget_at")
    create_table(
        "tally_app_tokens",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("holder", sa.String(length=26), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally_app_tokens")),
    )


def downgrade() -> None:
    """Drop them."""
    drop_tables("tally_app_tokens", "tally_sign_in_codes", "tally_identities")
