"""The tables of the audit log, and the figures counted from it."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.metadata import AnyUserId, Counter, Id, metadata

events: Table = Table(
    "tally_events",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(64)),
    # No foreign keys: events stay when their user or session is purged.
    Column("user_id", AnyUserId),
    Column("session_id", Id),
    Column("device_type", String(16)),
    Column("device_name", String(64)),
    Column("user_agent", String(400)),
    Column("ip", String(45)),
    # Who did it, if it was somebody else than the user.
    Column("actor_id", String(64)),
    # JSON: what changed, and its values before and after.
    Column("changes", Text),
    # Each leads to the newest events of one kind, without a look at any other.
    Index(None, "user_id", "at"),
    Index(None, "name", "at"),
    Index(None, "ip", "at"),
    Index(None, "actor_id", "at"),
    sqlite_autoincrement=True,
)

event_folds: Table = Table(
    "tally_event_folds",
    metadata,
    # Refusals that were logged, and until when one event row stands for all that follow.
    Column("fold", String(120), primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)

hourly_counters: Table = Table(
    "tally_hourly_counters",
    metadata,
    # What it is (`core/statistics.py`), the beginning of the hour, and a detail of it.
    Column("kind", String(16), primary_key=True),
    Column("hour", Instant, primary_key=True),
    Column("detail", String(64), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
