"""Adds the routes of the contract to an application: yours, or the standalone service."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, Response

from tigertally.contract.http import Operation, load_contract
from tigertally.errors import TallyError
from tigertally.flask.adapter import EXTENSION, present_request, respond
from tigertally.flask.adapter import services as present_services
from tigertally.flask.collisions import refuse_collisions
from tigertally.flask.docs import docs_blueprint
from tigertally.web import problems
from tigertally.web.cors import share
from tigertally.web.docs import OPERATIONS as DOCS_OPERATIONS
from tigertally.web.headers import secure
from tigertally.web.router import Handler, perform
from tigertally.web.routes import HANDLERS
from tigertally.web.services import Services

BLUEPRINT: Final = "tigertally"
"""Name of the blueprint with the API, in an application."""


def install(app: Flask, services: Services) -> None:
    """Add the API to an application. Its own routes, errors and headers stay as they are.

    Raises SetupError if one of its routes answers the same requests.
    """
    addresses = services.addresses
    refuse_collisions(app, addresses)
    app.extensions[EXTENSION] = services
    blueprint = Blueprint(BLUEPRINT, __name__)
    blueprint.after_request(secure_answer)
    # For what an application's own hooks raise before our routes.
    blueprint.register_error_handler(Exception, answer_exception)
    for operation in load_contract().operations.values():
        # A missing handler is a KeyError, here and at once.
        if addresses.has(operation) and operation.operation_id not in DOCS_OPERATIONS:
            blueprint.add_url_rule(
                addresses.rule(operation),
                endpoint=operation.operation_id,
                view_func=_view(operation, HANDLERS[operation.operation_id]),
                methods=[operation.method],
            )
    blueprint.after_request(_share)
    app.register_blueprint(blueprint)
    if "docs" in addresses.parts:
        docs = docs_blueprint(addresses.api)
        docs.after_request(secure_answer)
        app.register_blueprint(docs)
    # On the application, so that your views with `signed_in` answer the same way.
    app.register_error_handler(TallyError, answer_exception)


def _view(operation: Operation, handler: Handler) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return respond(perform(present_services(), operation, handler, present_request(), path))

    return view


def _share(response: Response) -> Response:
    return share(present_services(), present_request(), response)


def secure_answer(response: Response) -> Response:
    """Add the headers of all our answers to a response that lacks them."""
    return secure(present_services(), present_request(), response)


def answer_exception(error: Exception) -> Response:
    """Answer whatever a view, a hook or Flask itself raised."""
    return secure_answer(
        respond(problems.answer_exception(present_services(), present_request(), error))
    )
