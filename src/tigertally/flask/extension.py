"""Adds the routes of the contract to an application: yours, or the standalone service."""

import logging
import re
from typing import Final

from flask import Blueprint, Flask, Response, request
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from tigertally.core.origins import canonical_origin
from tigertally.errors import TallyError
from tigertally.flask.csrf import own_origins
from tigertally.flask.docs import docs_blueprint
from tigertally.flask.headers import secure_answer
from tigertally.flask.problems import answer_error, answer_fault, answer_http_error
from tigertally.flask.router import mount
from tigertally.flask.routes import HANDLERS
from tigertally.flask.services import EXTENSION, Services
from tigertally.flask.services import services as present_services

logger = logging.getLogger("tigertally")

_OUR_HEADERS: Final = ("Authorization", "Content-Type", "Tally-Nonce", "X-CSRF-Token")
"""Headers of our clients that a browser asks about first (CORS preflight)."""


_HEADER_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


def _tell_of_preflight(response: Response) -> Response:
    """Log why a page of another origin is refused, since its browser says little."""
    found = present_services()
    origin = canonical_origin(request.headers.get("Origin", ""))
    if request.method != "OPTIONS" or origin is None or origin in own_origins():
        return response
    asked = request.headers.get("Access-Control-Request-Headers", "").lower().split(",")
    allowed = {*_OUR_HEADERS, *found.cors_headers, "accept", "accept-language", "content-language"}
    foreign = {one.strip() for one in asked} - {one.lower() for one in allowed} - {""}
    named = sorted(one for one in foreign if _HEADER_NAME.fullmatch(one))[:8]
    if origin not in found.cors_origins:
        if found.csrf.told.is_new(("preflight", origin)):
            logger.warning("a page of %s may not call: it is not in TALLY_CORS_ORIGINS", origin)
    elif named and found.csrf.told.is_new(("headers", origin, *named)):
        logger.warning(
            "a page of %s may not send %s: list them in TALLY_CORS_HEADERS",
            origin,
            ", ".join(named),
        )
    return response


def install(app: Flask, services: Services) -> None:
    """Add the API to an application. Its own routes, errors and headers stay as they are."""
    app.extensions[EXTENSION] = services
    blueprint = Blueprint("tigertally", __name__)
    blueprint.after_request(secure_answer)
    blueprint.register_error_handler(TallyError, answer_error)
    blueprint.register_error_handler(HTTPException, answer_http_error)
    blueprint.register_error_handler(Exception, answer_fault)
    mount(blueprint, HANDLERS)
    blueprint.after_request(_tell_of_preflight)
    if services.cors_origins:
        # Never "*": with credentials, flask-cors would reflect any origin.
        CORS(
            blueprint,
            # Exact patterns: flask-cors reads the brackets of an IPv6 address as a pattern.
            origins=[re.compile(re.escape(origin) + r"\Z") for origin in services.cors_origins],
            always_send=False,
            supports_credentials=True,
            allow_headers=[*_OUR_HEADERS, *services.cors_headers],
            expose_headers=["Retry-After", "X-Request-Id"],
            max_age=600,
        )
    app.register_blueprint(blueprint)
    docs = docs_blueprint()
    docs.after_request(secure_answer)
    app.register_blueprint(docs)
    # On the application, so that your views with `signed_in` answer the same way.
    app.register_error_handler(TallyError, answer_error)
