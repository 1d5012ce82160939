"""Adds the routes of the contract to an application: yours, or the standalone service."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from tigertally.contract.http import Operation, load_contract
from tigertally.errors import TallyError
from tigertally.flask.adapter import EXTENSION, present_request, respond
from tigertally.flask.adapter import services as present_services
from tigertally.flask.docs import docs_blueprint
from tigertally.web import problems
from tigertally.web.cors import share
from tigertally.web.docs import OPERATIONS as DOCS_OPERATIONS
from tigertally.web.headers import secure
from tigertally.web.router import Handler, perform, rule_of
from tigertally.web.routes import HANDLERS
from tigertally.web.services import Services


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
                rule_of(operation),
                endpoint=operation.operation_id,
                view_func=_view(operation, HANDLERS[operation.operation_id]),
                methods=[operation.method],
            )
    blueprint.after_request(_share)
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


def _share(response: Response) -> Response:
    return share(present_services(), present_request(), response)


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
