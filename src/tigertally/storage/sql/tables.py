"""The tables. Their names begin with ``tally_``, so that they can live in a database of yours.

Alembic's migrations make them; a test compares the two. Instants are whole microseconds since 1970
in UTC: the same figures on every engine, compared exactly inside guarded updates.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from tigertally.core.identities import SUBJECT_MAX, Pseudonym

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds; naive times raise TypeError."""
        del dialect
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the instant."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class PseudonymText(TypeDecorator[Pseudonym]):
    """A provider's name for a person, masked from the moment it is read: drivers log rows."""

    impl = String(SUBJECT_MAX)
    cache_ok = True

    def process_bind_param(self, value: Pseudonym | None, dialect: Dialect) -> str | None:
        """Return the text."""
        del dialect
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Pseudonym | None:
        """Return the name."""
        del dialect
        return None if value is None else Pseudonym(value)


# SQLite counts by itself only in a column that is spelled INTEGER.
_Counter = BigInteger().with_variant(Integer, "sqlite")
_Id = String(26)

# MySQL would take "A" for "a" in names and hashes, and refuse half of all characters.
_BINARY: Final[dict[str, Any]] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = Table(
    "tally_users",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("username", String(254), nullable=False),
    Column("email", String(254)),
    Column("display_name", String(64)),
    Column("locale", String(8)),
    Column("roles", Text, nullable=False),
    Column("password_hash", String(512)),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("disabled_until", Instant),
    Column("disabled_reason", String(200)),
    Column("deleted_at", Instant),
    Column("purge_at", Instant, index=True),
    # No foreign key: files point at their users already, and one of the two must be made first.
    Column("avatar_file_id", _Id),
    # None: anybody may have typed it.
    Column("email_verified_at", Instant),
    **_BINARY,
)

login_names = Table(
    "tally_login_names",
    metadata,
    # User names and verified addresses in one column: what one person signs in with can never be
    # another's.
    Column("name_key", String(768), primary_key=True),
    Column("user_id", _Id, ForeignKey("tally_users.id"), nullable=False, index=True),
    **_BINARY,
)

sessions = Table(
    "tally_sessions",
    metadata,
    Column("id", _Id, primary_key=True),
    # No foreign key: InnoDB looks at it again whenever `ended_at`, which shares its index, changes,
    # and PostgreSQL when a row is changed twice. Both lock the account then, behind the session,
    # while all journeys lock it before. Rows of accounts are never deleted, only scrubbed.
    Column("user_id", _Id, nullable=False),
    Column("device_type", String(16), nullable=False),
    Column("device_name", String(64)),
    Column("user_agent", String(400)),
    Column("ip", String(45)),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("auth_time", Instant, nullable=False),
    Column("generation", Integer, nullable=False),
    # A service of the version before does not write it.
    Column("proof", Integer, nullable=False, server_default="0"),
    Column("bound", Boolean, nullable=False),
    Column("nonce_hash", String(32)),
    Column("nonce_ring", String(1024), nullable=False),
    Column("rotated_at", Instant, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("idle_expires_at", Instant, nullable=False),
    Column("absolute_expires_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
    Column("end_reason", String(32)),
    Column("ended_by_device", String(64)),
    Column("ended_by_ip", String(45)),
    Index(None, "user_id", "ended_at"),
    **_BINARY,
)

feed_head = Table(
    "tally_feed_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # The last position given. Whoever ends a session holds this row from here to the commit, so
    # that positions have no gaps and are committed in their order: a reader that has seen one has
    # seen all before it. A database's own sequences promise neither.
    Column("position", BigInteger, nullable=False),
    **_BINARY,
)

files = Table(
    "tally_files",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("user_id", _Id, ForeignKey("tally_users.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("content_type", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    # Null in rows of before 0006, until housekeeping has looked.
    Column("thumbnail_size", Integer),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "user_id", "created_at", "id"),
    **_BINARY,
)

revocations = Table(
    "tally_revocations",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # None announces a change of the signing keys.
    Column("session_id", _Id),
    # None where the session did not end, but access tokens below the proof are good no longer.
    Column("reason", String(32)),
    Column("proof", Integer),
    Column("forget_at", Instant, nullable=False, index=True),
    **_BINARY,
)

events = Table(
    "tally_events",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(64)),
    # No foreign keys: what was written down stays when its user or session is purged.
    Column("user_id", _Id),
    Column("session_id", _Id),
    Column("device_type", String(16)),
    Column("device_name", String(64)),
    Column("user_agent", String(400)),
    Column("ip", String(45)),
    Index(None, "user_id", "id"),
    sqlite_autoincrement=True,
    **_BINARY,
)

event_folds = Table(
    "tally_event_folds",
    metadata,
    # Which refusals are written down already, and until when one row stands for all that follow.
    Column("fold", String(120), primary_key=True),
    Column("until", Instant, nullable=False, index=True),
    **_BINARY,
)

lockouts = Table(
    "tally_lockouts",
    metadata,
    # Locks that began and are not over, wherever attempts are counted: for people to see and open.
    Column("key", String(120), primary_key=True),
    Column("act", String(40), nullable=False),
    # None for a name that nobody has: people type their passwords into that field.
    Column("name", String(120)),
    Column("user_id", _Id, index=True),
    Column("began_at", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    **_BINARY,
)

attempts = Table(
    "tally_attempts",
    metadata,
    # Of what somebody guesses at: its places, taken and free, and its lock (`core/throttle.py`).
    Column("key", String(120), primary_key=True),
    Column("state", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    **_BINARY,
)

signing_keys = Table(
    "tally_signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("algorithm", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("public_jwk", Text),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
    **_BINARY,
)

identities = Table(
    "tally_identities",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("user_id", _Id, ForeignKey("tally_users.id"), nullable=False, index=True),
    Column("provider", String(32), nullable=False),
    Column("app_id", String(64), nullable=False),
    Column("subject", PseudonymText, nullable=False),
    Column("union_id", PseudonymText, index=True),
    Column("linked_at", Instant, nullable=False),
    Index(None, "provider", "app_id", "subject", unique=True),
    **_BINARY,
)

sign_in_codes = Table(
    "tally_sign_in_codes",
    metadata,
    # A keyed hash: who reads the table cannot sign in with what stands in it.
    Column("code_hash", String(64), primary_key=True),
    Column("holder", _Id, nullable=False),
    Column("held_until", Instant, nullable=False),
    Column("forget_at", Instant, nullable=False, index=True),
    # Whom the provider named, where that did not lead to a session yet.
    Column("provider", String(32)),
    Column("app_id", String(64)),
    Column("subject", PseudonymText),
    Column("union_id", PseudonymText),
    # The outcome.
    Column("session_id", _Id),
    Column("created", Boolean),
    Column("replaced", Text),
    **_BINARY,
)

app_tokens = Table(
    "tally_app_tokens",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("sealed", LargeBinary),
    Column("expires_at", Instant),
    Column("holder", _Id),
    Column("held_until", Instant),
    **_BINARY,
)

meta = Table(
    "tally_meta",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(64), nullable=False),
    **_BINARY,
)
