"""Cross-origin sharing (CORS): pages of listed origins may read answers and send our headers.

Source: the Fetch standard, "CORS protocol". Never ``*``: cookies may come along.
"""

import logging
import re
from typing import Final, TypeVar

from werkzeug.sansio.response import Response

from tigertally.core.origins import canonical_origin
from tigertally.web.csrf import own_origins
from tigertally.web.services import Services
from tigertally.web.values import Request

_OUR_HEADERS: Final = ("Authorization", "Content-Type", "Tally-Nonce", "X-CSRF-Token")
"""Headers of our clients that a browser asks about first (preflight)."""

_SAFE_HEADERS: Final = ("accept", "accept-language", "content-language")
"""Headers that every page may send."""

_METHODS: Final = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_SECONDS: Final = 600
"""How long a browser may remember the answer to a preflight."""

_HEADER_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")

R = TypeVar("R", bound=Response)

logger: logging.Logger = logging.getLogger("tigertally")


def share(services: Services, request: Request, answer: R) -> R:
    """Let a page of a listed origin read an answer. Another one's preflight is logged.

    Its browser says little about why it was refused.
    """
    origin = request.headers.get("Origin", "")
    listed = origin in services.cors_origins
    if listed:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Credentials"] = "true"
        answer.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
    if request.method == "OPTIONS":
        asked = _asked(request)
        allowed = {one.lower() for one in (*_OUR_HEADERS, *services.cors_headers)}
        if listed and request.headers.get("Access-Control-Request-Method"):
            answer.headers["Access-Control-Allow-Methods"] = _METHODS
            answer.headers["Access-Control-Max-Age"] = str(_SECONDS)
            if granted := [one for one in asked if one in allowed]:
                answer.headers["Access-Control-Allow-Headers"] = ", ".join(granted)
        _tell(services, request, refused=[one for one in asked if one not in allowed])
    return answer


def _asked(request: Request) -> list[str]:
    """Return the headers that a preflight asks about, in lower case."""
    sent = request.headers.get("Access-Control-Request-Headers", "").lower().split(",")
    return [name for one in sent if (name := one.strip()) and _HEADER_NAME.fullmatch(name)]


def _tell(services: Services, request: Request, *, refused: list[str]) -> None:
    """Log the origin or the headers that a preflight is refused for."""
    origin = canonical_origin(request.headers.get("Origin", ""))
    if origin is None or origin in own_origins(request):
        return
    named = sorted({one for one in refused if one not in _SAFE_HEADERS})[:8]
    if origin not in services.cors_origins:
        if services.csrf.told.is_new(("preflight", origin)):
            logger.warning("a page of %s may not call: it is not in TALLY_CORS_ORIGINS", origin)
    elif named and services.csrf.told.is_new(("headers", origin, *named)):
        logger.warning(
            "a page of %s may not send %s: list them in TALLY_CORS_HEADERS",
            origin,
            ", ".join(named),
        )
