"""Puts the routes of the contract on an application, yours or the standalone service."""

import re
from typing import Final

from flask import Blueprint, Flask
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from tigertally.errors import TallyError
from tigertally.flask.docs import docs_blueprint
from tigertally.flask.headers import secure_answer
from tigertally.flask.problems import answer_error, answer_fault, answer_http_error
from tigertally.flask.router import mount
from tigertally.flask.routes import HANDLERS
from tigertally.flask.services import EXTENSION, Services

_OUR_HEADERS: Final = ("Authorization", "Content-Type", "Tally-Nonce", "X-CSRF-Token")
"""Headers that our clients send, and a browser asks about first."""


def install(app: Flask, services: Services) -> None:
    """Add the API to an application. Its own routes, errors and headers stay as they are."""
    app.extensions[EXTENSION] = services
    blueprint = Blueprint("tigertally", __name__)
    blueprint.after_request(secure_answer)
    blueprint.register_error_handler(TallyError, answer_error)
    blueprint.register_error_handler(HTTPException, answer_http_error)
    blueprint.register_error_handler(Exception, answer_fault)
    mount(blueprint, HANDLERS)
    if services.cors_origins:
        # Never "*": with credentials flask-cors would then reflect any origin.
        CORS(
            blueprint,
            # Patterns that are exact: flask-cors takes the brackets of an IPv6 address for one.
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
    # On the application: views of yours that are protected by `signed_in` answer the same way.
    app.register_error_handler(TallyError, answer_error)
