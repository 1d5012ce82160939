"""Roles: names for sets of permissions, which administrators give to people."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tigertally.core.permissions import EVERYTHING
from tigertally.core.texts import hides
from tigertally.errors import InvalidRequest

ADMIN: Final = "admin"
"""The key of the role that gives everything. It cannot be changed."""

KEY_MAX: Final = 32
ROLES_MAX: Final = 64
"""Roles of one person: access tokens carry the keys."""

NAME_MAX: Final = 64
DESCRIPTION_MAX: Final = 200

_KEY: Final = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role."""

    id: str
    key: str
    """What tokens carry, and what code asks for. It never changes."""
    name: str
    description: str = ""
    permissions: tuple[str, ...] = ()
    """Sorted."""
    builtin: bool = False
    """Whether every installation has it: then it cannot be deleted."""

    @property
    def gives_everything(self) -> bool:
        """Whether whoever has it is an administrator."""
        return EVERYTHING in self.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role that somebody has."""

    role: str
    """Its key."""
    granted_at: datetime
    granted_by: str | None = field(default=None)
    """Who gave it; ``None``: an operator on the command line."""
    expires_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Tell whether it is still valid."""
        return self.expires_at is None or now < self.expires_at


def is_role_key(key: str) -> bool:
    """Tell whether a new role can have this key."""
    return len(key) <= KEY_MAX and _KEY.fullmatch(key) is not None


def keys_of(grants: Sequence[Grant], now: datetime) -> tuple[str, ...]:
    """Return the keys of the roles that count, sorted."""
    return tuple(sorted(grant.role for grant in grants if grant.counts(now)))


def clean_role_text(text: str, field: str, limit: int) -> str:
    """Return the name or description of a role as it is shown. Raises InvalidRequest (``field``).

    Neither may hide or reorder text: administrators decide by what they read.
    """
    cleaned = unicodedata.normalize("NFC", text).strip()
    if len(cleaned) > limit:
        raise InvalidRequest.at(field, "too_long", limit=limit)
    if hides(cleaned):
        raise InvalidRequest.at(field, "characters")
    return cleaned
