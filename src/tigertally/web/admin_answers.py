"""The JSON shapes of what administrators see."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tigertally.clock import rfc3339
from tigertally.core.directory import FoundUser
from tigertally.core.events import Event
from tigertally.core.sessions import Session
from tigertally.core.users import User

Json = dict[str, Any]


def admin_user_json(found: FoundUser, now: datetime) -> Json:
    """Return an account. It contains no secret."""
    user = found.user
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "email_verified": user.email_verified,
        "locale": user.locale,
        "roles": list(user.roles),
        "created_at": moment(user.created_at),
        "has_password": user.password_hash is not None,
        "must_change_password": user.must_change_password,
        "state": _state(user, now),
        "disabled_at": moment(user.disabled_at),
        "disabled_until": moment(user.disabled_until),
        "disabled_reason": user.disabled_reason,
        "locked_until": moment(found.locked_until),
        "deleted_at": moment(user.deleted_at),
        "purge_at": moment(user.purge_at),
    }


def admin_session_json(session: Session, owner: User | None, *, current: bool) -> Json:
    """Return a live session and whose it is."""
    return {
        "id": session.id,
        "user": {
            "id": session.user_id,
            "username": owner.username if owner else None,
            "display_name": owner.display_name if owner else None,
        },
        "device_type": session.device.type.value,
        "device_name": session.device.name,
        "user_agent": session.device.user_agent,
        "ip": session.device.ip,
        "created_at": rfc3339(session.created_at),
        "last_seen_at": rfc3339(session.last_seen_at),
        "expires_at": rfc3339(session.absolute_expires_at),
        "refresh_expires_at": rfc3339(session.expires_at),
        "way": session.way,
        "current": current,
    }


def admin_event_json(event: Event, people: Mapping[str, User]) -> Json:
    """Return an event with the people in it."""
    device = event.device
    return {
        "id": str(event.number),
        "at": rfc3339(event.at),
        "name": event.name.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "user_id": event.user_id,
        "username": _name(event.user_id, people),
        "actor_id": event.actor_id,
        "actor_name": _name(event.actor_id, people),
        "session_id": event.session_id,
        "device_type": device.type.value if device else None,
        "device_name": device.name if device else None,
        "ip": device.ip if device else None,
        "user_agent": device.user_agent if device else None,
        "changes": [
            {"field": field, "before": _text(one.before), "after": _text(one.after)}
            for field, one in (event.changes or {}).items()
        ],
    }


def moment(at: datetime | None) -> str | None:
    """Return a time in RFC 3339, or ``None``."""
    return rfc3339(at) if at else None


def _name(user_id: str | None, people: Mapping[str, User]) -> str | None:
    user = people.get(user_id or "")
    return user.username if user else None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _state(user: User, now: datetime) -> str:
    if user.deleted_at is not None:
        return "deleted"
    return "disabled" if user.is_disabled(now) else "active"
