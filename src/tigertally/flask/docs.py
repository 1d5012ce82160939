"""The docs page on Flask. An application may serve it alone."""

from flask import Blueprint, Response, current_app, request

from tigertally.flask.adapter import EXTENSION, present_request, respond
from tigertally.web.addresses import API
from tigertally.web.docs import FILES, answer_docs
from tigertally.web.services import Services


def docs_blueprint(api: str = API) -> Blueprint:
    """Return the blueprint that serves the docs page, its style sheet, and the contract as JSON.

    Its addresses are absolute, so register it without a prefix.
    """
    blueprint = Blueprint("tigertally_docs", __name__)

    @blueprint.get(f"{api}/openapi.json", endpoint="read_contract")
    @blueprint.get(f"{api}/docs", endpoint="read_docs")
    @blueprint.get(f"{api}{FILES}<path:name>", endpoint="static")
    def read(name: str = "") -> Response:
        del name
        found = current_app.extensions.get(EXTENSION)
        services = found if isinstance(found, Services) else None
        return respond(answer_docs(services, present_request(), request.path))

    return blueprint
