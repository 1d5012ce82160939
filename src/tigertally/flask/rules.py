"""The routes that we add to an application, as one list.

Whoever adds them reads it, and whoever looks for routes of the host that collide with them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.routing import BaseConverter, PathConverter

from tigertally.contract.http import load_contract
from tigertally.web.addresses import CONTINUE, PAGES, Addresses
from tigertally.web.docs import FILES
from tigertally.web.docs import OPERATIONS as DOCS_OPERATIONS

BLUEPRINT: Final = "tigertally"
"""Name of the blueprint with the API, in an application."""

DOCS_BLUEPRINT: Final = "tigertally_docs"
"""Name of the blueprint with the docs page."""

PAGES_BLUEPRINT: Final = "tigertally_webui"
"""Name of the blueprint with the web application."""

CONTINUE_BLUEPRINT: Final = "tigertally_continue"
"""Name of the blueprint that renews tokens for pages of the application."""

BLUEPRINTS: Final = frozenset({BLUEPRINT, CONTINUE_BLUEPRINT, DOCS_BLUEPRINT, PAGES_BLUEPRINT})


class _PagePath(PathConverter):
    """Any path except the API's, where the router must still answer 404 and 405."""

    regex = r"(?!api/|\.well-known/)[^/].*?"


CONVERTERS: Final[Mapping[str, type[BaseConverter]]] = {"tally_page": _PagePath}
"""What our rules need on the map of an application."""


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule of ours, and the part that it belongs to."""

    blueprint: str
    name: str
    path: str
    method: str
    part: str

    @property
    def endpoint(self) -> str:
        """The name of the rule in an application."""
        return f"{self.blueprint}.{self.name}"


def own_rules(addresses: Addresses) -> Iterator[OwnRule]:
    """Yield the rules that an application gets from us."""
    for operation in load_contract().operations.values():
        if addresses.has(operation):
            name, path = operation.operation_id, addresses.rule(operation)
            blueprint = DOCS_BLUEPRINT if name in DOCS_OPERATIONS else BLUEPRINT
            yield OwnRule(blueprint, name, path, operation.method, operation.part)
    if "docs" in addresses.parts:
        files = f"{addresses.api}{FILES}<path:name>"
        yield OwnRule(DOCS_BLUEPRINT, "static", files, "GET", "docs")
    if addresses.continues:
        for method in ("GET", "POST"):
            path = f"{addresses.api}{CONTINUE}"
            yield OwnRule(CONTINUE_BLUEPRINT, "renew", path, method, "sessions")
    if PAGES in addresses.parts:
        for path in ("/", "/<tally_page:path>"):
            yield OwnRule(PAGES_BLUEPRINT, "page", addresses.pages + path, "GET", PAGES)


def rules_of(blueprint: str, addresses: Addresses) -> Iterator[OwnRule]:
    """Yield the rules of one of our blueprints."""
    return (own for own in own_rules(addresses) if own.blueprint == blueprint)
