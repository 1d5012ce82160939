"""The tables. Their names begin with ``tally_``, so that they can share your database.

Alembic's migrations create them; a test compares the two. Times are whole microseconds since 1970
in UTC: the same number on every engine, compared exactly inside guarded updates. MySQL's character
set stands in the migrations alone: named here, it would load that dialect on every engine.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from tigertally.core.directory import WORD_MAX
from tigertally.storage.sql.column_types import Instant, PseudonymText
from tigertally.storage.sql.event_tables import event_folds as event_folds  # noqa: PLC0414
from tigertally.storage.sql.event_tables import events as events  # noqa: PLC0414
from tigertally.storage.sql.event_tables import hourly_counters as hourly_counters  # noqa: PLC0414
from tigertally.storage.sql.metadata import AnyUserId, Id
from tigertally.storage.sql.metadata import metadata as metadata  # noqa: PLC0414

users: Table = Table(
    "tally_users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", String(254), nullable=False),
    Column("email", String(254)),
    Column("display_name", String(64)),
    Column("locale", String(8)),
    Column("roles", Text, nullable=False),
    Column("password_hash", String(512)),
    Column("created_at", Instant, nullable=False, index=True),
    Column("disabled_at", Instant, index=True),
    Column("disabled_until", Instant),
    Column("disabled_reason", String(200)),
    Column("deleted_at", Instant, index=True),
    Column("purge_at", Instant, index=True),
    # No foreign key: files already refer to users, and one of the two must be created first.
    Column("avatar_file_id", Id),
    # Null: not verified, anybody may have typed the address.
    Column("email_verified_at", Instant),
    # With `roles`, in one row: so no token has a new version and old roles. The version before
    # writes neither this nor the next.
    Column("claims_version", Integer, nullable=False, server_default="0"),
    # When the first of the roles ends by itself.
    Column("roles_until", Instant),
    # The version before does not write it.
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
)

roles: Table = Table(
    "tally_roles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("description", String(200), nullable=False),
    Column("builtin", Boolean, nullable=False),
)

role_permissions: Table = Table(
    "tally_role_permissions",
    metadata,
    Column("role_id", Id, ForeignKey("tally_roles.id"), primary_key=True),
    Column("permission", String(128), primary_key=True),
)

user_roles: Table = Table(
    "tally_user_roles",
    metadata,
    # Who has which role, and from whom; `tally_users.roles` has the keys for tokens.
    Column("user_id", Id, ForeignKey("tally_users.id"), primary_key=True),
    Column("role_id", Id, ForeignKey("tally_roles.id"), primary_key=True, index=True),
    # Null: an operator on the command line.
    Column("granted_by", Id),
    Column("granted_at", Instant, nullable=False),
    Column("expires_at", Instant),
    # Leads from a role to its holders in the order of their ids.
    Index(None, "role_id", "user_id"),
)

login_names: Table = Table(
    "tally_login_names",
    metadata,
    # User names and verified addresses share a column, so two people never have the same login.
    Column("name_key", String(768), primary_key=True),
    Column("user_id", Id, ForeignKey("tally_users.id"), nullable=False, index=True),
    # Whether it is a verified address. Any other name goes to whoever verifies it as theirs.
    # The version before does not write it.
    Column("verified", Boolean, nullable=False, server_default=false()),
)

search_words: Table = Table(
    "tally_search_words",
    metadata,
    # Compared byte by byte, so that a range of the index is what begins with a text. PostgreSQL's
    # own order of a language has no such ranges.
    Column(
        "word",
        String(WORD_MAX).with_variant(String(WORD_MAX, collation="C"), "postgresql"),
        primary_key=True,
    ),
    Column("user_id", Id, ForeignKey("tally_users.id"), primary_key=True, index=True),
)

sessions: Table = Table(
    "tally_sessions",
    metadata,
    Column("id", Id, primary_key=True),
    # No foreign key. InnoDB checks it whenever `ended_at` changes, which shares its index, and
    # PostgreSQL when a row changes twice. Both then lock the account after the session; all flows
    # lock it before, so they could deadlock. Account rows are never deleted, only scrubbed.
    Column("user_id", AnyUserId, nullable=False),
    Column("device_type", String(16), nullable=False),
    Column("device_name", String(64)),
    Column("user_agent", String(400)),
    Column("ip", String(45), index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("auth_time", Instant, nullable=False),
    Column("generation", Integer, nullable=False),
    # The version before does not write it.
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
    # How the user signed in. Null: opened by an older version.
    Column("way", String(32)),
    Index(None, "user_id", "ended_at"),
    Index(None, "ended_at", "created_at"),
)

feed_head: Table = Table(
    "tally_feed_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # The last position used. A transaction that ends a session locks this row until it commits. So
    # positions have no gaps and are committed in order, and a reader that has seen one has seen all
    # before it. A database's own sequences promise neither.
    Column("position", BigInteger, nullable=False),
)

files: Table = Table(
    "tally_files",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("tally_users.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("content_type", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    # Null in rows older than migration 0006, until housekeeping has measured them.
    Column("thumbnail_size", Integer),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "user_id", "created_at", "id"),
)

revocations: Table = Table(
    "tally_revocations",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # A letter of `core/revocation.py`. Null: written by the version before, which knows sessions
    # (with an id) and keys (without). It takes what it does not know for a change of keys, and
    # reads them again.
    Column("kind", String(1)),
    Column("session_id", Id),
    # Null if the session lives, but access tokens below the proof number are invalid.
    Column("reason", String(32)),
    Column("proof", Integer),
    Column("user_id", String(64)),
    # The lowest version of the user's claims that counts; or the second before which no token does.
    Column("number", BigInteger),
    Column("forget_at", Instant, nullable=False, index=True),
)

lockouts: Table = Table(
    "tally_lockouts",
    metadata,
    # Present lock-outs, wherever attempts are counted, so that people can see and open them.
    Column("key", String(120), primary_key=True),
    Column("act", String(40), nullable=False),
    # Null for an unknown name, because people type their passwords into that field.
    Column("name", String(120)),
    Column("user_id", AnyUserId, index=True),
    Column("began_at", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
)

attempts: Table = Table(
    "tally_attempts",
    metadata,
    # The attempt slots (places) and the lock of each counter key (`core/throttle.py`).
    Column("key", String(120), primary_key=True),
    Column("state", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

signing_keys: Table = Table(
    "tally_signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("algorithm", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("public_jwk", Text),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
)

identities: Table = Table(
    "tally_identities",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("tally_users.id"), nullable=False, index=True),
    Column("provider", String(32), nullable=False),
    Column("app_id", String(64), nullable=False),
    Column("subject", PseudonymText, nullable=False),
    Column("union_id", PseudonymText, index=True),
    Column("linked_at", Instant, nullable=False),
    Index(None, "provider", "app_id", "subject", unique=True),
)

sign_in_codes: Table = Table(
    "tally_sign_in_codes",
    metadata,
    # A keyed hash, so that a reader of the table cannot sign in with it.
    Column("code_hash", String(64), primary_key=True),
    Column("holder", Id, nullable=False),
    Column("held_until", Instant, nullable=False),
    Column("forget_at", Instant, nullable=False, index=True),
    # The person that the provider named, before there is a session.
    Column("provider", String(32)),
    Column("app_id", String(64)),
    Column("subject", PseudonymText),
    Column("union_id", PseudonymText),
    # The outcome.
    Column("session_id", Id),
    Column("created", Boolean),
    Column("replaced", Text),
)

app_tokens: Table = Table(
    "tally_app_tokens",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("sealed", LargeBinary),
    Column("expires_at", Instant),
    Column("holder", Id),
    Column("held_until", Instant),
)

challenges: Table = Table(
    "tally_challenges",
    metadata,
    # One row for each purpose and target: a new code takes the place of the former one.
    Column("purpose", String(16), primary_key=True),
    Column("target_hash", String(64), primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("channel", String(8), nullable=False),
    Column("code_hash", String(64), nullable=False),
    # Null: nobody has the target, and nothing was sent.
    Column("user_id", Id, index=True),
    Column("tries", Integer, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("consumed_at", Instant),
)

contacts: Table = Table(
    "tally_contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("tally_users.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("value", String(254), nullable=False),
    # Null: not verified. Any number of accounts may have typed the same address.
    Column("verified_key", String(768), unique=True),
    Column("added_at", Instant, nullable=False),
    Column("verified_at", Instant),
)

messages: Table = Table(
    "tally_outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(8), nullable=False),
    # Null once the message was sent.
    Column("sealed", LargeBinary),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("give_up_at", Instant, nullable=False, index=True),
    Column("done_at", Instant),
    Index(None, "done_at", "next_at"),
)

services: Table = Table(
    "tally_services",
    metadata,
    # Services that verify our access tokens. Their keys are derived, and stand nowhere.
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    # Seconds. A strict sign-out waits for the largest.
    Column("silence", Double, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("last_seen_at", Instant),
)

meta: Table = Table(
    "tally_meta",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(64), nullable=False),
)
