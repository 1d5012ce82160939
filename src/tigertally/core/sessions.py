"""Sessions: one row decides about one sign-in.

Both tokens of a pair carry its id. The row, never a token, decides whether they still count.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from tigertally.errors import SessionEnded


class DeviceType(StrEnum):
    """What kind of client signed in; sign-in policies count by it."""

    WEB = "web"
    H5 = "h5"
    MINI_PROGRAM = "mini_program"
    APP = "app"
    DESKTOP = "desktop"
    API = "api"


class EndReason(StrEnum):
    """Why a session ended. The last two are computed from the deadlines, never stored."""

    LOGGED_OUT = "logged_out"
    REPLACED = "replaced"
    KICKED = "kicked"
    EVICTED = "evicted"
    DISABLED = "disabled"
    PASSWORD_CHANGED = "password_changed"
    REFRESH_REUSED = "refresh_reused"
    USER_DELETED = "user_deleted"
    AUTHORIZATION_REVOKED = "authorization_revoked"
    EXPIRED = "expired"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a caller. The client chooses ``name``; we observed the rest."""

    type: DeviceType = DeviceType.WEB
    name: str | None = None
    user_agent: str | None = None
    ip: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """When and why a session ended, and the device that ended it (``None``: the service)."""

    reason: EndReason
    at: datetime
    by: Device | None = None

    def as_error(self) -> SessionEnded:
        """Return the error that tells the client."""
        return SessionEnded(
            self.reason,
            ended_at=self.at,
            by_device=self.by.name if self.by else None,
            by_ip=self.by.ip if self.by else None,
        )


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """How long a session lives: ``idle`` without a refresh, ``absolute`` in any case."""

    idle_ttl: timedelta
    absolute_ttl: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One row. Refresh tokens are computed from it, so they are not stored."""

    id: str
    user_id: str
    device: Device
    created_at: datetime
    last_seen_at: datetime
    auth_time: datetime
    generation: int
    """How often the refresh token was rotated."""
    bound: bool
    """Whether refreshes must carry nonces: decided by the sign-in, never changed."""
    nonce_hash: str | None = field(repr=False)
    """Hash of the nonce that made the current generation; ``None`` in an unbound session."""
    nonce_ring: str = field(repr=False)
    """Short hashes of the last 64 nonces, oldest first; see :mod:`tigertally.core.refresh`."""
    rotated_at: datetime
    confirmed: bool
    """Whether any token of the current generation has been seen in use."""
    idle_expires_at: datetime
    absolute_expires_at: datetime
    proof: int = 0
    """How often the owner proved again who they are. Access tokens with less are invalid."""
    way: str | None = None
    """How the user signed in: ``password``, ``code``, ``application`` or a provider's name.
    ``None`` if an older version opened it."""
    ending: Ending | None = None

    @property
    def expires_at(self) -> datetime:
        """The deadline that comes first."""
        return min(self.idle_expires_at, self.absolute_expires_at)

    def ended(self, now: datetime) -> Ending | None:
        """Return how the session ended, by an act or by a deadline; ``None`` while it lives."""
        if self.ending:
            return self.ending
        if self.expires_at > now:
            return None
        # The one that came first ended it, also when the other has passed since.
        idle = self.idle_expires_at < self.absolute_expires_at
        return Ending(EndReason.IDLE if idle else EndReason.EXPIRED, self.expires_at)

    def end(self, ending: Ending) -> Self:
        """Return the session as ended. An earlier ending is kept."""
        return self if self.ending else replace(self, ending=ending)


def open_session(
    *,
    session_id: str,
    user_id: str,
    device: Device,
    nonce_hash: str | None,
    times: SessionTimes,
    now: datetime,
    way: str | None = None,
) -> Session:
    """Return the row that a sign-in opens; it is bound if the sign-in carried a nonce."""
    absolute = now + times.absolute_ttl
    return Session(
        id=session_id,
        user_id=user_id,
        device=device,
        created_at=now,
        last_seen_at=now,
        auth_time=now,
        generation=0,
        bound=nonce_hash is not None,
        nonce_hash=nonce_hash,
        nonce_ring="",
        rotated_at=now,
        confirmed=False,
        idle_expires_at=min(now + times.idle_ttl, absolute),
        absolute_expires_at=absolute,
        way=way,
    )
