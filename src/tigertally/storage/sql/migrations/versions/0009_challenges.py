"""One-time codes, the addresses that they go to, and the queue of messages that carry them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tigertally.storage.sql.migrations.steps import create_index, create_table, drop_tables

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Create the three tables."""
    create_table(
        "tally_challenges",
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("target_hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("consumed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("purpose", "target_hash", name=op.f("pk_tally_challenges")),
        sa.UniqueConstraint("id", name=op.f("uq_tally_challenges_id")),
    )
    create_index("tally_challenges", "user_id")
    create_index("tally_challenges", "expires_at")
    create_table(
        "tally_contacts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("verified_key", sa.String(length=768), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["tally_users.id"], name=op.f("fk_tally_contacts_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_contacts")),
        sa.UniqueConstraint("verified_key", name=op.f("uq_tally_contacts_verified_key")),
    )
    create_index("tally_contacts", "user_id")
    create_table(
        "tally_outbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("give_up_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_outbox")),
    )
    create_index("tally_outbox", "give_up_at")
    create_index("tally_outbox", "done_at", "next_at")


def downgrade() -> None:
    """Drop them: codes under way become useless, and verified addresses are lost."""
    drop_tables("tally_outbox", "tally_contacts", "tally_challenges")
