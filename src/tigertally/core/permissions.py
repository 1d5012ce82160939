"""Permissions: texts in segments, ``system:user:list``, that roles give.

``*`` in place of the last segments gives all that follows: ``system:*`` gives ``system:user:list``,
and ``*`` alone gives everything. ``.`` is taken as ``:``. There are no rules that deny.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from tigertally.core.jwks import number_of

EVERYTHING: Final = "*"

PERMISSION_MAX: Final = 128

_PERMISSION: Final = re.compile(r"(?:[A-Za-z0-9_-]+(?::[A-Za-z0-9_-]+)*(?::\*)?|\*)")

_KEPT: Final = 10_000
"""Permissions whose roles are remembered. An application asks for as many as its code names."""

_NOBODY: Final[frozenset[str]] = frozenset()


def spell(permission: str) -> str:
    """Return a permission in the form that is compared: its segments separated by colons."""
    return permission.replace(".", ":")


def is_permission(permission: str) -> bool:
    """Tell whether a permission can be given: segments of letters, digits, ``-`` and ``_``.

    ``*`` can be the last one.
    """
    return len(permission) <= PERMISSION_MAX and _PERMISSION.fullmatch(permission) is not None


class RolePermissions:
    """Which roles give a permission. It never changes; another one takes its place.

    One tree over all roles' permissions, made once. The answer for each permission is remembered,
    so that a check is one look-up and one intersection, however many roles there are.
    """

    def __init__(self, roles: Mapping[str, Iterable[str]]) -> None:
        self._given: dict[str, frozenset[str]] = {
            role: frozenset(spell(one) for one in given) for role, given in roles.items()
        }
        self._tree = _Node()
        for role, given in self._given.items():
            for permission in given:
                self._tree.enter(permission.split(":"), role)
        self._known: dict[str, frozenset[str]] = {}

    def allow(self, roles: Iterable[str], permission: str) -> bool:
        """Return whether one of the roles gives a permission. An unknown role gives none."""
        givers = self._known.get(permission)
        if givers is None:
            givers = self._remember(permission)
        return not givers.isdisjoint(roles)

    def of(self, roles: Iterable[str]) -> frozenset[str]:
        """Return the permissions of some roles, as they were given."""
        return frozenset().union(*(self._given.get(role, _NOBODY) for role in roles))

    def _remember(self, permission: str) -> frozenset[str]:
        givers = frozenset(self._tree.givers(spell(permission).split(":")))
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[permission] = givers
        return givers


def number_of_roles(roles: Mapping[str, Iterable[str]]) -> int:
    """Return a number that changes with what roles give."""
    given = (f"{role} {' '.join(sorted(roles[role]))}" for role in sorted(roles))
    return number_of("\n".join(given))


class _Node:
    """One segment of permissions, and which roles give it."""

    __slots__ = ("following", "here", "rest")

    def __init__(self) -> None:
        self.here: set[str] = set()
        """Roles that give the permission that ends here."""
        self.rest: set[str] = set()
        """Roles that give all that follow."""
        self.following: dict[str, _Node] = {}

    def enter(self, segments: list[str], role: str) -> None:
        """Note that a role gives a permission."""
        node = self
        *before, last = segments
        for segment in before:
            node = node.following.setdefault(segment, _Node())
        if last == EVERYTHING:
            node.rest.add(role)
        else:
            node.following.setdefault(last, _Node()).here.add(role)

    def givers(self, segments: list[str]) -> set[str]:
        """Return the roles that give a permission; of ``a:*``, those that give all of it."""
        found: set[str] = set()
        node = self
        for segment in segments:
            found |= node.rest
            following = node.following.get(segment)
            if following is None:
                return found
            node = following
        return found | node.here
