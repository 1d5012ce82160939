"""Roles, and who has them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tigertally.core.permissions import RolePermissions
from tigertally.core.roles import Grant, Role


class Roles(Protocol):
    """The roles. What changes one, or who has one, enters the revocation feed too."""

    def hold(self) -> None:
        """Keep others from changing roles, or who has them, until the transaction ends.

        Whatever may take away the last administrator holds them first, before any account: so
        such acts happen one after another, and never wait for each other in a circle.
        """
        ...

    def all(self) -> Sequence[Role]:
        """Return all roles, those that every installation has first."""
        ...

    def find(self, key: str) -> Role | None:
        """Return the role with this key, or ``None``."""
        ...

    def put(self, role: Role, now: datetime) -> None:
        """Add a role, or write its name, description and permissions."""
        ...

    def remove(self, role: Role, now: datetime) -> None:
        """Delete a role that nobody has any more."""
        ...

    def holders(self, role: Role, limit: int) -> Sequence[str]:
        """Return the ids of users who have a role, in their order."""
        ...

    def count_holders(self, role: Role) -> int:
        """Return how many users have a role."""
        ...

    def grants(self, user_id: str) -> Sequence[Grant]:
        """Return the roles of a user, also those that expired, by their keys."""
        ...

    def set_grants(self, user_id: str, grants: Sequence[Grant], now: datetime) -> None:
        """Replace a user's roles. Their access tokens from before are refreshed.

        Hold the roles and the account first. The keys must be those of roles.
        """
        ...

    def outdate_claims(self, user_id: str, now: datetime) -> None:
        """Make a user's access tokens invalid, so that the next ones say what is true now."""
        ...

    def outdate_everybody(self, now: datetime) -> None:
        """Make all access tokens invalid that were issued until now."""
        ...

    def has_administrator(self, now: datetime, *, besides: str | None = None) -> bool:
        """Tell whether somebody, or somebody else, is an administrator.

        Only for good counts, and only who is able to sign in. Hold the roles first.
        """
        ...


class RoleSource(Protocol):
    """Loads what roles give."""

    def load_roles(self) -> RolePermissions:
        """Return what is stored now. Raises StoreUnavailable."""
        ...
