"""Permissions that roles give: texts in segments, ``system:user:list``.

``*`` in place of the last segment gives all that follows: ``system:*`` gives ``system:user:list``,
and ``*`` alone gives everything. There are no rules that deny.
"""

from collections.abc import Iterable, Mapping
from typing import Final

EVERYTHING: Final = "*"


class RolePermissions:
    """The permissions of each role. A role that is not there gives none."""

    def __init__(self, roles: Mapping[str, Iterable[str]]) -> None:
        self._given = {role: frozenset(given) for role, given in roles.items()}

    def allow(self, roles: Iterable[str], permission: str) -> bool:
        """Return whether one of the roles gives a permission."""
        wanted = ways_to_be_given(permission)
        return any(not wanted.isdisjoint(self._given.get(role, frozenset())) for role in roles)


def ways_to_be_given(permission: str) -> frozenset[str]:
    """Return every text that gives a permission: itself, and what it begins with and ``*``."""
    segments = permission.split(":")
    return frozenset(
        {permission} | {":".join([*segments[:depth], EVERYTHING]) for depth in range(len(segments))}
    )


BUILT_IN_ROLES: Final = RolePermissions({"admin": [EVERYTHING]})
"""The roles that every installation has."""
