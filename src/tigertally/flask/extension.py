"""Adds the routes of the contract to an application: yours, or the standalone service."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response
from flask.typing import ResponseReturnValue

from tigertally.contract.http import Operation, load_contract
from tigertally.errors import TallyError
from tigertally.flask.adapter import EXTENSION, present_request, respond
from tigertally.flask.adapter import services as present_services
from tigertally.flask.collisions import refuse_collisions
from tigertally.flask.docs import docs_blueprint
from tigertally.flask.pages import continue_blueprint, lead_to_sign_in
from tigertally.flask.rules import BLUEPRINT, rules_of
from tigertally.web import problems
from tigertally.web.cors import share
from tigertally.web.headers import secure
from tigertally.web.router import Handler, perform
from tigertally.web.routes import HANDLERS
from tigertally.web.services import Services


def install(app: Flask, services: Services) -> None:
    """Add the API to an application. Its own routes, errors and headers stay as they are.

    Raises SetupError if one of its routes answers the same requests.
    """
    refuse_collisions(app, services.addresses)
    add_routes(app, services)


def add_routes(app: Flask, services: Services, *, secure_all: bool = False) -> None:
    """Add the API to an application that has no routes that collide with it.

    ``secure_all``: whether every answer of the application gets the headers of ours.
    """
    addresses = services.addresses
    operations = load_contract().operations
    app.extensions[EXTENSION] = services
    blueprint = Blueprint(BLUEPRINT, __name__)
    # For what an application's own hooks raise before our routes.
    blueprint.register_error_handler(Exception, answer_exception)
    for own in rules_of(BLUEPRINT, addresses):
        # A missing handler is a KeyError, here and at once.
        view = _view(operations[own.name], HANDLERS[own.name])
        blueprint.add_url_rule(own.path, own.name, view, methods=[own.method])
    blueprint.after_request(_share)
    ours = [blueprint]
    if "docs" in addresses.parts:
        ours.append(docs_blueprint(addresses))
    if addresses.continues:
        ours.append(continue_blueprint(addresses))
    # Once for each answer: to look through its headers takes longer than to add them.
    for secured in [app] if secure_all else ours:
        secured.after_request(secure_answer)
    for each in ours:
        app.register_blueprint(each)
    # On the application, so that your views with `signed_in` answer the same way.
    app.register_error_handler(TallyError, _answer_view)


def _view(operation: Operation, handler: Handler) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return respond(perform(present_services(), operation, handler, present_request(), path))

    return view


def _answer_view(error: TallyError) -> ResponseReturnValue:
    """Answer what a view of the application raised: a page is led to the sign-in."""
    led = lead_to_sign_in(error) if present_services().addresses.continues else None
    return answer_exception(error) if led is None else led


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
