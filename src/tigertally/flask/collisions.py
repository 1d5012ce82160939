"""Finds routes of the host application and of ours that would answer the same requests.

One of the two would never be called, and nothing would say so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule

from tigertally.errors import SetupError
from tigertally.flask.rules import BLUEPRINTS, CONVERTERS, OwnRule, own_rules
from tigertally.web.addresses import Addresses

_SEGMENT: Final = re.compile(r"(?:[^/<]|<[^>]*>)+")
_VARIABLE: Final = re.compile(r"<(?:(?P<converter>\w+)(?:\([^>]*\))?:)?\w+>")

Converters = Mapping[str, type[BaseConverter]]


@dataclass(frozen=True, slots=True)
class Collision:
    """A rule of the host and a rule of ours for the same requests."""

    host: Rule
    own: OwnRule
    methods: frozenset[str]

    def as_error(self) -> SetupError:
        """Return the sentence that names both, and the remedy."""
        verbs, ours = "/".join(sorted(self.methods)), self.own
        return SetupError(
            f"{verbs} {self.host.rule} of the endpoint {self.host.endpoint!r} and {verbs} "
            f"{ours.path} of the endpoint {ours.endpoint!r} answer the same requests",
            remedy="move ours with TALLY_API_PREFIX or TigerTally(app, prefix=…), leave the part "
            f"{ours.part!r} out with TigerTally(app, parts=…), or give the host's another "
            "address",
        )


def collisions(app: Flask, addresses: Addresses) -> Iterator[Collision]:
    """Yield the rules of an application that collide with those of ours, added or not."""
    map_, ours = app.url_map, list(own_rules(addresses))
    converters = {**map_.converters, **CONVERTERS}
    for host in map_.iter_rules():
        if str(host.endpoint).partition(".")[0] in BLUEPRINTS or host.build_only:
            continue
        if _is_elsewhere(host, map_) or _takes_the_rest(host, converters):
            continue
        # First the one at the same address, which says the most.
        for own in sorted(ours, key=lambda one: one.path != host.rule):
            methods = _methods(host) & {own.method}
            if methods and _overlap(_segments(host.rule), _segments(own.path), converters):
                yield Collision(host, own, methods)


def refuse_collisions(app: Flask, addresses: Addresses) -> None:
    """Raise SetupError if a route of an application collides with one of ours."""
    for found in collisions(app, addresses):
        raise found.as_error()


def _is_elsewhere(rule: Rule, map_: Map) -> bool:
    """Tell whether a rule is for another host or sub-domain than ours."""
    return bool(rule.host) or (rule.subdomain or "") != map_.default_subdomain


def _takes_the_rest(rule: Rule, converters: Converters) -> bool:
    """Tell whether a rule is for whatever nobody else answers: the page of a web application."""
    segments = _segments(rule.rule)
    return len(segments) == 1 and _is_path(segments[0], converters)


def _methods(rule: Rule) -> frozenset[str]:
    # HEAD goes with GET; every rule of an address answers OPTIONS alike.
    return frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"}


def _segments(path: str) -> list[str]:
    # Without regard to a slash at the end: one of the two would redirect to the other.
    return _SEGMENT.findall(path)


def _is_path(segment: str, converters: Converters) -> bool:
    """Tell whether a segment takes several."""
    found = _VARIABLE.fullmatch(segment)
    converter = converters.get(found["converter"] or "default") if found else None
    return converter is not None and not converter.part_isolating


def _overlap(host: list[str], ours: list[str], converters: Converters) -> bool:
    """Tell whether there is an address that both match."""
    if not host or not ours:
        return not host and not ours
    if _is_path(host[0], converters):
        return any(_overlap(host[1:], ours[used:], converters) for used in range(1, len(ours) + 1))
    if _is_path(ours[0], converters):
        return any(_overlap(host[used:], ours[1:], converters) for used in range(1, len(host) + 1))
    return _same(host[0], ours[0], converters) and _overlap(host[1:], ours[1:], converters)


def _same(host: str, ours: str, converters: Converters) -> bool:
    """Tell whether two segments have a text in common. Ours are a text, or take any."""
    if "<" in ours:
        return True
    if "<" not in host:
        return host == ours
    one = Map([Rule(f"/{host}", endpoint="one")], converters=converters)
    try:
        one.bind("localhost").match(f"/{ours}")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
