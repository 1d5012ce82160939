"""Adds the routes of the contract to an application: yours, or the standalone service."""

import logging
import re
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, Response
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from tigertally.contract.http import Operation, load_contract
from tigertally.core.origins import canonical_origin
from tigertally.errors import TallyError
from tigertally.flask.adapter import EXTENSION, present_request, respond
from tigertally.flask.adapter import services as present_services
from tigertally.flask.docs import OPERATIONS as DOCS_OPERATIONS
from tigertally.flask.docs import docs_blueprint
from tigertally.web import problems
from tigertally.web.csrf import own_origins
from tigertally.web.headers import secure
from tigertally.web.router import Handler, perform
from tigertally.web.routes import HANDLERS
from tigertally.web.services import Services

logger = logging.getLogger("tigertally")

_OUR_HEADERS: Final = ("Authorization", "Content-Type", "Tally-Nonce", "X-CSRF-Token")
"""Headers of our clients that a browser asks about first (CORS preflight)."""


_HEADER_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


def _tell_of_preflight(response: Response) -> Response:
    """Log why a page of another origin is refused, since its browser says little."""
    found, request = present_services(), present_request()
    origin = canonical_origin(request.headers.get("Origin", ""))
    if request.method != "OPTIONS" or origin is None or origin in own_origins(request):
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
    # For what an application's own hooks raise before our routes.
    blueprint.register_error_handler(TallyError, answer_error)
    blueprint.register_error_handler(HTTPException, answer_http_error)
    blueprint.register_error_handler(Exception, answer_fault)
    for operation in load_contract().operations.values():
        # A missing handler is a KeyError, here and at once.
        if operation.operation_id not in DOCS_OPERATIONS:
            blueprint.add_url_rule(
                _rule(operation.path),
                endpoint=operation.operation_id,
                view_func=_view(operation, HANDLERS[operation.operation_id]),
                methods=[operation.method],
            )
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


def _view(operation: Operation, handler: Handler) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return respond(perform(present_services(), operation, handler, present_request(), path))

    return view


def _rule(path: str) -> str:
    """Return Flask's spelling of a path: ``/sessions/{id}`` is ``/sessions/<id>``."""
    return path.replace("{", "<").replace("}", ">")


def secure_answer(response: Response) -> Response:
    """Add the headers of all our answers to a response that lacks them."""
    return secure(present_services(), present_request(), response)


def answer_error(error: TallyError) -> Response:
    """Answer one of our errors that a view or a hook raised."""
    return secure_answer(
        respond(problems.answer_error(present_services(), present_request(), error))
    )


def answer_http_error(error: HTTPException) -> Response:
    """Answer a request that Flask refuses before a route is reached."""
    return secure_answer(respond(problems.answer_http_error(present_request(), error)))


def answer_fault(error: Exception) -> Response:
    """Answer an internal error."""
    return secure_answer(respond(problems.answer_fault(present_request(), error)))
