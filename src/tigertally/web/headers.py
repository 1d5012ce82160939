"""Headers of all our answers, also of errors."""

from typing import TypeVar

from werkzeug.sansio.response import Response

from tigertally.web.services import Services
from tigertally.web.values import Request

R = TypeVar("R", bound=Response)


def secure(services: Services, request: Request, answer: R) -> R:
    """Add the headers that the route did not set itself. Doing it twice is harmless."""
    headers = answer.headers
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault(
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if services.https or request.is_secure:
        headers.setdefault("Strict-Transport-Security", services.hsts)
    headers["X-Request-Id"] = request.id
    # One address answers in two languages, so caches must know.
    answer.vary.update(("Accept-Language", "Origin"))
    return answer
