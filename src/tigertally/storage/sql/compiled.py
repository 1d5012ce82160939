"""The statements of the hot journeys: refresh, sign-in, sign-out, and who is signed in.

Each is written in SQLAlchemy's terms and compiled once per engine; :mod:`.driver` runs the text.
Values have the names of their columns, or those given here. A statement belongs in here if nearly
every user's journey runs it. All others are simpler where SQLAlchemy executes them.
"""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Table,
    Update,
    bindparam,
    insert,
    select,
    update,
)

from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import Statement
from tigertally.storage.sql.tables import (
    events,
    feed_head,
    login_names,
    meta,
    revocations,
    sessions,
    users,
)

LONGEST_TTL: Final = select(meta.c.value).where(meta.c.name == "access_ttl")
"""The longest lifetime ever given to access tokens, in seconds."""

ENDING_COLUMNS: Final = ("ended_at", "end_reason", "ended_by_device", "ended_by_ip")
"""What a session's end fills in its row."""

_PRESENT: Final = bindparam("present", type_=Instant)


def alive(now: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a session lives."""
    return (
        sessions.c.ended_at.is_(None),
        sessions.c.idle_expires_at > now,
        sessions.c.absolute_expires_at > now,
    )


def _inserting(table: Table) -> Statement:
    """Return the INSERT of a whole row, without the number that the engine counts itself."""
    columns = [column.name for column in table.c if column.autoincrement is not True]
    return Statement(lambda _: insert(table).inline(), columns=columns)


def _swap(dialect: Dialect) -> Update:
    """Return the guarded UPDATE of a refresh (compare and swap).

    The same change as :func:`tigertally.core.refresh.rotated`.
    """
    return (
        update(sessions)
        .where(
            sessions.c.id == bindparam("session"),
            sessions.c.generation == bindparam("parent"),
            sessions.c.bound == bindparam("of_bound"),
            sessions.c.nonce_hash.is_not_distinct_from(bindparam("parent_made_by")),
            *alive(_PRESENT),
        )
        .values(
            generation=sessions.c.generation + 1,
            nonce_hash=bindparam("child_made_by"),
            nonce_ring=dialect.append_to_ring(
                sessions.c.nonce_ring, bindparam("ring_entry", type_=String)
            ),
            rotated_at=_PRESENT,
            confirmed=False,
            last_seen_at=_PRESENT,
            idle_expires_at=dialect.earlier_of(
                sessions.c.absolute_expires_at, bindparam("idle_deadline", type_=Instant)
            ),
        )
    )


def _session(_: Dialect) -> Select[Any]:
    return select(sessions).where(sessions.c.id == bindparam("session"))


def _owned_session(_: Dialect) -> Select[Any]:
    # An outer join: a session without its account must be told from no session.
    both = sessions.outerjoin(users, users.c.id == sessions.c.user_id)
    return select(sessions, users).select_from(both).where(sessions.c.id == bindparam("session"))


def _live_sessions(_: Dialect) -> Select[Any]:
    return (
        select(sessions)
        .where(sessions.c.user_id == bindparam("user"), *alive(_PRESENT))
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.id)
    )


def _end(_: Dialect) -> Update:
    return update(sessions).where(sessions.c.id == bindparam("session"), *alive(_PRESENT))


def _user(_: Dialect) -> Select[Any]:
    return select(users).where(users.c.id == bindparam("user"))


def _user_by_name(_: Dialect) -> Select[Any]:
    owner = select(login_names.c.user_id).where(login_names.c.name_key == bindparam("login"))
    return select(users).where(users.c.id == owner.scalar_subquery())


SWAP: Final = Statement(_swap)
SESSION: Final = Statement(_session)
OWNED_SESSION: Final = Statement(_owned_session)
"""A session, and behind its columns those of its owner."""
LIVE_SESSIONS: Final = Statement(_live_sessions)
END: Final = Statement(_end, columns=ENDING_COLUMNS, returning=tuple(sessions.c))
ADD_SESSION: Final = _inserting(sessions)

USER: Final = Statement(_user)
HELD_USER: Final = Statement(lambda dialect: dialect.for_update(_user(dialect)))
USER_BY_NAME: Final = Statement(_user_by_name)

ADD_EVENT: Final = _inserting(events)

_HEAD: Final = (feed_head.c.position, LONGEST_TTL.scalar_subquery())
ADVANCE_HEAD: Final = Statement(
    lambda _: update(feed_head).values(position=feed_head.c.position + bindparam("more")),
    returning=_HEAD,
)
HEAD: Final = Statement(lambda _: select(*_HEAD))
"""The last position, and :data:`LONGEST_TTL`."""
ADD_REVOCATION: Final = _inserting(revocations)
