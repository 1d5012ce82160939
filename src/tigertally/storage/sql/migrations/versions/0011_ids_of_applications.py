"""Room for the ids of an application's own users: up to 64 characters."""

from collections.abc import Sequence

from tigertally.storage.sql.migrations.steps import widen

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Widen the columns that may name such a user."""
    widen("tally_sessions", "user_id", 64, nullable=False)
    widen("tally_events", "user_id", 64, nullable=True)
    widen("tally_lockouts", "user_id", 64, nullable=True)


def downgrade() -> None:
    """Leave them wide: the version before works with them, and no id is cut."""
