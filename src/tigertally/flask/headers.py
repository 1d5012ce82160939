"""Headers of all our answers, also of errors."""

import re
import secrets
from typing import Final

from flask import Response, g, request

from tigertally.flask.callers import network_caller
from tigertally.flask.services import services

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def request_id() -> str:
    """Return the id of the present request: the one from a trusted proxy, or a new one.

    Other callers cannot choose it: their requests could look like somebody else's in the log.
    """
    if "tally_request_id" not in g:
        sent = request.headers.get("X-Request-Id", "") if network_caller().vouched else ""
        g.tally_request_id = sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
    found: str = g.tally_request_id
    return found


def secure_answer(response: Response) -> Response:
    """Add the headers that the route did not set itself. Doing it twice is harmless."""
    headers = response.headers
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault(
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if services().https or request.is_secure:
        headers.setdefault("Strict-Transport-Security", services().hsts)
    headers["X-Request-Id"] = request_id()
    # One address answers in two languages, so caches must know.
    response.vary.update(("Accept-Language", "Origin"))
    return response
