"""Where an answer leads, and what leads out of the path."""

import re
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from tests.http.below_a_path.mounts import ROOT
from werkzeug.test import TestResponse

FOR_ALL: Final = {"tally_access", "tally_csrf", "tally_login_state"}
"""Cookies that must be at `/`: on https they carry `__Host-`, which demands it."""


def outside(answer: TestResponse) -> list[str]:
    """Return what in an answer leads out of the path."""
    return [*_places(answer), *_cookies(answer), *_addresses(answer)]


def _is_below(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/")


def _places(answer: TestResponse) -> Iterator[str]:
    for name in ("Location", "Content-Location", "Link", "Refresh"):
        place = answer.headers.get(name)
        if place is not None and not _is_below(urlsplit(place).path):
            yield f"{name}: {place}"


def _cookies(answer: TestResponse) -> Iterator[str]:
    for header in answer.headers.getlist("Set-Cookie"):
        for name, morsel in SimpleCookie(header).items():
            if not (_is_below(morsel["path"]) or (name in FOR_ALL and morsel["path"] == "/")):
                yield f"cookie {name} at {morsel['path']}"


def _addresses(answer: TestResponse) -> Iterator[str]:
    if answer.mimetype == "application/json":
        document = answer.get_json()
        if "openapi" in document:
            servers = [one["url"] for one in document.get("servers", ())]
            yield from (f"server {one}" for one in servers or ["/"] if one != ROOT)
        else:
            yield from (one for one in _texts(document) if not _leads_nowhere_else(one))
    elif answer.mimetype == "text/html":
        found = re.findall(r"""\s(?:src|href|action)=["']([^"']*)""", answer.text)
        yield from (one for one in found if not _leads_nowhere_else(one))
        yield from (
            one
            for one in re.findall(r"https?://(?:localhost|127\.0\.0\.1)[^\s\"'&<]*", answer.text)
            if not _is_below(urlsplit(one).path)
        )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _leads_nowhere_else(text: str) -> bool:
    parts = urlsplit(text)
    if parts.netloc not in {"", "localhost", "127.0.0.1", "127.0.0.1:5000"}:
        return True
    return not parts.path.startswith("/") or _is_below(parts.path)
