"""Headers of all our answers, also of errors."""

from typing import Final, TypeVar

from werkzeug.sansio.response import Response

from tigertally.web.services import Services
from tigertally.web.values import Request

R = TypeVar("R", bound=Response)

_ALWAYS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def secure(services: Services, request: Request, answer: R) -> R:
    """Add the headers that the route did not set itself. Doing it twice is harmless."""
    headers = answer.headers
    # Looked through once: werkzeug does so for each header that it is given.
    present = {name.lower() for name, _ in headers}
    for name, value in _ALWAYS.items():
        if name.lower() not in present:
            headers.add(name, value)
    if services.https or request.is_secure:
        headers.setdefault("Strict-Transport-Security", services.hsts)
    headers["X-Request-Id"] = request.id
    # One address answers in two languages, so caches must know.
    if "vary" in present:
        answer.vary.update(("Accept-Language", "Origin"))
    else:
        headers.add("Vary", "Accept-Language, Origin")
    return answer
