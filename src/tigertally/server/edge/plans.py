"""Plans of requests from the contract, before they are read: lane and maximum length."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tigertally.contract.http import FORM, Lane, Operation
from tigertally.web.call import BODY_MAX, FORM_MAX


@dataclass(frozen=True, slots=True)
class Plan:
    """How to treat a request."""

    lane: Lane
    body_max: int
    """Maximum bytes of a body. A longer one is refused unread."""


OTHER: Final = Plan("common", BODY_MAX)
"""For addresses outside the contract: pages, and those answered 404 or 405."""


class Plans:
    """The plans of all operations.

    ``root`` is the path below which the service lies. A proxy may keep or remove it.
    """

    def __init__(self, operations: Iterable[Operation], root: str = "") -> None:
        self._root = root
        self._fixed: dict[tuple[str, str], Plan] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Plan]] = []
        for each in operations:
            plan = Plan(each.lane, FORM_MAX if each.body_type == FORM else BODY_MAX)
            if "{" in each.path:
                pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(each.path))
                self._patterns.append((each.method, re.compile(pattern), plan))
            else:
                self._fixed[each.method, each.path] = plan

    def find(self, method: str, path: str) -> Plan:
        """Return the plan of a request; :data:`OTHER` for addresses outside the contract.

        Anything before ``/api/`` is ignored: the application may lie below a path. A plan only
        says how to wait for a request, not where it goes.
        """
        method = "GET" if method == "HEAD" else method
        if self._root and path.startswith(f"{self._root}/"):
            path = path.removeprefix(self._root)
        elif (api := path.find("/api/")) > 0:
            # Below a path that only a proxy knows and names in a header.
            path = path[api:]
        if (found := self._fixed.get((method, path))) is not None:
            return found
        for verb, pattern, plan in self._patterns:
            if verb == method and pattern.fullmatch(path):
                return plan
        return OTHER
