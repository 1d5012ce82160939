"""The docs page on Flask. An application may serve it alone."""

from flask import Blueprint, Response, current_app, request

from tigertally.flask.adapter import EXTENSION, present_request, respond
from tigertally.flask.rules import DOCS_BLUEPRINT, rules_of
from tigertally.web.addresses import Addresses
from tigertally.web.docs import answer_docs
from tigertally.web.services import Services


def docs_blueprint(addresses: Addresses | None = None) -> Blueprint:
    """Return the blueprint that serves the docs page, its style sheet, and the contract as JSON.

    Its addresses are absolute, so register it without a prefix.
    """
    blueprint = Blueprint(DOCS_BLUEPRINT, __name__)

    def read(name: str = "") -> Response:
        del name
        found = current_app.extensions.get(EXTENSION)
        services = found if isinstance(found, Services) else None
        return respond(answer_docs(services, present_request(), request.path))

    for own in rules_of(DOCS_BLUEPRINT, addresses or Addresses()):
        blueprint.add_url_rule(own.path, own.name, read, methods=[own.method])
    return blueprint
