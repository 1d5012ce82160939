"""The audit log: who did what, from where, and with what outcome. Entries are only added.

Names follow the grammar ``source:subject:action`` of ``contract/events.yaml``. Never part of an
event: a password, a token, a hash, a code, nor the name somebody *tried* to sign in with, because
people type their password into that field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tigertally.core.sessions import Device, Session

FOLDED_FOR: Final = timedelta(minutes=1)
"""How long one event stands for all equal refusals: anybody can cause as many as they like."""


class Outcome(StrEnum):
    """Whether the request succeeded."""

    SUCCESS = "success"
    FAILURE = "failure"


class EventName(StrEnum):
    """All names of events. Names may be added, never removed."""

    USER_REGISTERED = "account:user:registered"
    USER_UPDATED = "account:user:updated"
    USER_DELETED = "account:user:deleted"
    USER_REAUTHENTICATED = "account:user:reauthenticated"
    REAUTHENTICATION_REFUSED = "account:user:reauthentication_refused"
    DELETION_CANCELLED = "account:deletion:cancelled"
    PASSWORD_CHANGED = "account:password:changed"
    PASSWORD_CHANGE_REFUSED = "account:password:change_refused"
    PASSWORD_REHASHED = "account:password:rehashed"
    SESSION_OPENED = "account:session:opened"
    SESSION_REFUSED = "account:session:refused"
    SESSION_ENDED = "account:session:ended"
    SESSION_REPLACED = "account:session:replaced"
    SESSION_KICKED = "account:session:kicked"
    SESSION_EVICTED = "account:session:evicted"
    REFRESH_REFUSED = "account:refresh:refused"
    REFRESH_REUSED = "account:refresh:reused"
    FILE_ADDED = "account:file:added"
    FILE_DELETED = "account:file:deleted"
    IDENTITY_LINKED = "account:identity:linked"
    IDENTITY_LINK_REFUSED = "account:identity:link_refused"
    IDENTITY_UNLINKED = "account:identity:unlinked"
    PHONE_READ = "account:phone:read"
    CODE_SENT = "account:code:sent"
    PASSWORD_RESET = "account:password:reset"
    PASSWORD_RESET_REFUSED = "account:password:reset_refused"
    CONTACT_ADDED = "account:contact:added"
    CONTACT_VERIFIED = "account:contact:verified"
    CONTACT_REMOVED = "account:contact:removed"
    NAME_LOST = "account:name:lost"
    IDENTITY_WITHDRAWN = "provider:identity:withdrawn"
    CLI_USER_CREATED = "cli:user:created"
    CLI_USER_IMPORTED = "cli:user:imported"
    CLI_USER_PROMOTED = "cli:user:promoted"
    CLI_USER_DISABLED = "cli:user:disabled"
    CLI_USER_ENABLED = "cli:user:enabled"
    CLI_EMAIL_VERIFIED = "cli:email:verified"
    CLI_PASSWORD_SET = "cli:password:set"
    APP_SESSION_ENDED = "app:session:ended"
    CLI_SESSION_ENDED = "cli:session:ended"
    CLI_KEYS_ROTATED = "cli:keys:rotated"
    CLI_KEYS_RETIRED = "cli:keys:retired"
    LOCKOUT_BEGAN = "account:lockout:began"
    LOCKOUT_REFUSED = "account:lockout:refused"
    CSRF_REFUSED = "account:csrf:refused"
    ACCESS_REFUSED = "account:access:refused"
    TOKEN_REFUSED = "account:token:refused"
    CODE_REFUSED = "account:code:refused"
    CLI_LOCKOUT_ENDED = "cli:lockout:ended"
    ADMIN_USER_CREATED = "admin:user:created"
    ADMIN_USER_EDITED = "admin:user:edited"
    ADMIN_USER_DISABLED = "admin:user:disabled"
    ADMIN_USER_ENABLED = "admin:user:enabled"
    ADMIN_USER_DELETED = "admin:user:deleted"
    ADMIN_USER_RESTORED = "admin:user:restored"
    ADMIN_PASSWORD_SET = "admin:password:set"
    ADMIN_LOCKOUT_ENDED = "admin:lockout:ended"
    ADMIN_SESSION_ENDED = "admin:session:ended"
    CLI_USER_DELETED = "cli:user:deleted"
    CLI_USER_RESTORED = "cli:user:restored"
    SYSTEM_LOCKOUT_ENDED = "system:lockout:ended"
    SYSTEM_USER_PURGED = "system:user:purged"
    ADMIN_ROLE_CREATED = "admin:role:created"
    ADMIN_ROLE_CHANGED = "admin:role:changed"
    ADMIN_ROLE_DELETED = "admin:role:deleted"
    ADMIN_ROLES_GIVEN = "admin:user:roles_changed"
    CLI_ROLE_CREATED = "cli:role:created"
    CLI_ROLE_CHANGED = "cli:role:changed"
    CLI_ROLE_DELETED = "cli:role:deleted"
    CLI_ROLES_GIVEN = "cli:user:roles_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events to show. What is ``None`` limits nothing."""

    user_id: str | None = None
    actor_id: str | None = None
    """Who did it, if it was not the user."""
    names: frozenset[EventName] | None = None
    outcome: Outcome | None = None
    address: str | None = None
    """Network address in canonical form."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""


def names_like(patterns: Iterable[str]) -> frozenset[EventName]:
    """Return the names that patterns stand for. Raises ValueError if one stands for none.

    A pattern is a name, or the beginning of one and ``*``: ``account:session:*``.
    """
    found: set[EventName] = set()
    for pattern in patterns:
        beginning, star, rest = pattern.partition("*")
        likes = {name for name in EventName if name == pattern}
        if star and not rest:
            likes = {name for name in EventName if name.startswith(beginning)}
        if not likes:
            raise ValueError(f"no event is called {pattern!r}")
        found |= likes
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Change:
    """Something before and after an act: a text, a number, a truth value or a list of texts."""

    before: object
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log; ``id`` is given by the store and grows, over all users."""

    name: EventName
    at: datetime
    outcome: Outcome = Outcome.SUCCESS
    reason: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    device: Device | None = None
    id: int | None = None
    actor_id: str | None = None
    """Who did it, if it was not the user."""
    changes: Mapping[str, Change] | None = None
    """What changed, by name."""

    @property
    def number(self) -> int:
        """The id that the store gave. Raises TypeError for an event that was never stored."""
        if self.id is None:
            raise TypeError(f"{self.name} was not written down yet")
        return self.id

    @classmethod
    def of(
        cls, name: EventName, session: Session, at: datetime, *, reason: str | None = None
    ) -> "Event":
        """Return the event of something that happened to a session, on that session's device."""
        return cls(
            name=name,
            at=at,
            reason=reason,
            user_id=session.user_id,
            session_id=session.id,
            device=session.device,
        )

    @classmethod
    def refused(
        cls,
        name: EventName,
        *,
        at: datetime,
        reason: str,
        device: Device,
        user_id: str | None = None,
        session_id: str | None = None,
    ) -> "Event":
        """Return the event of a refused request."""
        return cls(
            name=name,
            at=at,
            outcome=Outcome.FAILURE,
            reason=reason,
            user_id=user_id,
            session_id=session_id,
            device=device,
        )
