"""Sessions as rows."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from tigertally.core.ports.sessions import OwnedSession
from tigertally.core.sessions import Device, DeviceType, Ending, EndReason, Session
from tigertally.storage.sql.compiled import ENDING_COLUMNS
from tigertally.storage.sql.dialects import STANDING, believed
from tigertally.storage.sql.driver import Row
from tigertally.storage.sql.tables import sessions, users
from tigertally.storage.sql.user_rows import user_of_row

_COLUMNS: Final = tuple(sessions.c.keys())
_OWNER_COLUMNS: Final = tuple(users.c.keys())
_PROVED_BY_ID: Final = select(sessions, STANDING.label("standing")).where(
    sessions.c.id == bindparam("session")
)
_LIVES: Final = dict.fromkeys(ENDING_COLUMNS)


def read_proved_session(connection: Connection, session_id: str) -> Session | None:
    """Return one row, or ``None``. Raises ReadOnlyServer if the server may lag behind."""
    row = connection.execute(_PROVED_BY_ID, {"session": session_id}).mappings().one_or_none()
    if row is None:
        return None
    columns = dict(row)
    believed(columns.pop("standing"))
    return session_of_row(columns)


def session_of(row: Row) -> Session:
    """Return the session of a whole row, its columns in their order."""
    return session_of_row(dict(zip(_COLUMNS, row, strict=True)))


def owned_session_of(row: Row) -> OwnedSession:
    """Return the session of a row, and its owner from the columns behind it."""
    owner = dict(zip(_OWNER_COLUMNS, row[len(_COLUMNS) :], strict=True))
    session = session_of(row[: len(_COLUMNS)])
    return OwnedSession(session, user_of_row(owner) if owner["id"] is not None else None)


def session_row(session: Session) -> dict[str, object]:
    """Return the columns of a session that lives."""
    return {
        "id": session.id,
        "user_id": session.user_id,
        "device_type": session.device.type.value,
        "device_name": session.device.name,
        "user_agent": session.device.user_agent,
        "ip": session.device.ip,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "auth_time": session.auth_time,
        "generation": session.generation,
        "proof": session.proof,
        "bound": session.bound,
        "nonce_hash": session.nonce_hash,
        "nonce_ring": session.nonce_ring,
        "rotated_at": session.rotated_at,
        "confirmed": session.confirmed,
        "idle_expires_at": session.idle_expires_at,
        "absolute_expires_at": session.absolute_expires_at,
        "way": session.way,
        **_LIVES,
    }


def ending_row(ending: Ending) -> dict[str, object]:
    """Return the columns that an ending fills."""
    return {
        "ended_at": ending.at,
        "end_reason": ending.reason.value,
        "ended_by_device": ending.by.name if ending.by else None,
        "ended_by_ip": ending.by.ip if ending.by else None,
    }


def session_of_row(row: Mapping[Any, Any]) -> Session:
    """Return the session of a row."""
    columns = dict(row)
    device = Device(
        type=DeviceType(columns.pop("device_type")),
        name=columns.pop("device_name"),
        user_agent=columns.pop("user_agent"),
        ip=columns.pop("ip"),
    )
    ended_at, reason = columns.pop("ended_at"), columns.pop("end_reason")
    by_device, by_ip = columns.pop("ended_by_device"), columns.pop("ended_by_ip")
    ending = None
    if ended_at is not None:
        by = Device(name=by_device, ip=by_ip) if by_device or by_ip else None
        ending = Ending(EndReason(reason), ended_at, by)
    return Session(device=device, ending=ending, **columns)
