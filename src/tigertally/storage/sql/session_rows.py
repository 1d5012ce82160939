"""Sessions as rows, and reading one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select

from tigertally.core.sessions import Device, DeviceType, Ending, EndReason, Session
from tigertally.storage.sql.dialects import STANDING, believed
from tigertally.storage.sql.tables import sessions

_BY_ID = select(sessions).where(sessions.c.id == bindparam("session"))
_PROVED_BY_ID = _BY_ID.add_columns(STANDING.label("standing"))


def read_session(connection: Connection, session_id: str) -> Session | None:
    """Return one row, or ``None``."""
    row = connection.execute(_BY_ID, {"session": session_id}).mappings().one_or_none()
    return session_of_row(row) if row else None


def read_proved_session(connection: Connection, session_id: str) -> Session | None:
    """Return one row, or ``None``. Raises ReadOnlyServer if the server may lag behind."""
    row = connection.execute(_PROVED_BY_ID, {"session": session_id}).mappings().one_or_none()
    if row is None:
        return None
    columns = dict(row)
    believed(columns.pop("standing"))
    return session_of_row(columns)


def session_row(session: Session) -> dict[str, object]:
    """Return the columns of a session."""
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
