"""Flask's requests and responses as the plain values of :mod:`tigertally.web`, and back."""

from typing import IO

from flask import Flask, Response, current_app, g
from flask import Request as FlaskRequest
from flask import request as flask_request

from tigertally.errors import SetupError
from tigertally.flask.callers import caller_of
from tigertally.web.services import Services
from tigertally.web.values import Answer, Request

EXTENSION = "tigertally"


def services() -> Services:
    """Return the services of the application that handles the present request."""
    return services_of(current_app)


def services_of(app: Flask) -> Services:
    """Return the services of an application. Raises SetupError before ``install``."""
    found = app.extensions.get(EXTENSION)
    if found is None:
        raise SetupError(
            f"the application {app.name} has no Tiger Tally on it",
            remedy="call TigerTally(app), or init_app(app), where the application is made",
        )
    if not isinstance(found, Services):
        raise TypeError("app.extensions['tigertally'] was overwritten")
    return found


def present_request() -> Request:
    """Return the present request as a value, the same one each time."""
    if "tally_request" not in g:
        g.tally_request = _value_of(flask_request)
    found: Request = g.tally_request
    return found


def respond(answer: Answer) -> Response:
    """Return Flask's response for an answer."""
    whole = isinstance(answer.body, bytes)
    return Response(
        answer.body,
        status=answer.status,
        headers=answer.headers,
        # Unwrapped: a wrapper would hold a piece while a slow reader takes it.
        direct_passthrough=not whole,
    )


def _value_of(request: FlaskRequest) -> Request:
    return Request(
        method=request.method,
        scheme=request.scheme,
        server=request.server,
        root_path=request.root_path,
        path=request.path,
        query_string=request.query_string,
        headers=request.headers,
        remote_addr=request.remote_addr,
        caller=caller_of(request.environ),
        body=_Body(request),
    )


class _Body:
    """The body of a Flask request. It stays readable for the application that read it first."""

    def __init__(self, request: FlaskRequest) -> None:
        # The object itself: Flask's `request` may stand for another one by the time it is read.
        self._request: FlaskRequest = getattr(request, "_get_current_object", lambda: request)()

    def read(self, limit: int) -> bytes:
        self._request.max_content_length = limit
        return self._request.get_data(cache=False)

    def open(self, limit: int | None) -> IO[bytes]:
        if limit is not None:
            self._request.max_content_length = limit
        return self._request.stream
