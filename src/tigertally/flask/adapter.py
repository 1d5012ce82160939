"""Flask's requests and responses as the plain values of :mod:`tigertally.web`, and back."""

import weakref
from typing import IO, Final

from flask import Flask, Response, current_app
from flask import Request as FlaskRequest
from flask import request as flask_request
from werkzeug.wsgi import get_input_stream

from tigertally.errors import SetupError
from tigertally.web.environ import value_of
from tigertally.web.services import Services
from tigertally.web.values import Answer, Request

EXTENSION = "tigertally"
LOGIN_VIEW: Final = "tigertally_login_view"
"""Where an application keeps the endpoint of its sign-in page."""

_REQUEST = "tigertally_request"


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
    notes = present_notes()
    found = notes.get(_REQUEST)
    if not isinstance(found, Request):
        # Weak, or request and value would hold each other, and with them the body.
        found = value_of(flask_request, _Body(weakref.proxy(_present())))
        notes[_REQUEST] = found
    return found


def present_notes() -> dict[str, object]:
    """Return what is noted with the present request, by name; it ends with it.

    Not in Flask's ``g``: inside an ``app.app_context()`` of a test, several requests share one. Not
    in the WSGI environment: applications copy it into requests that they make themselves.
    """
    return vars(_present())


def _present() -> FlaskRequest:
    """Return the object that Flask's ``request`` stands for."""
    found: FlaskRequest = flask_request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
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


class _Body:
    """The body of a Flask request. It stays readable for the application that read it first."""

    def __init__(self, request: FlaskRequest) -> None:
        self._request = request

    def read(self, limit: int) -> bytes:
        self._bound(limit)
        return self._request.get_data(cache=False)

    def open(self, limit: int | None) -> IO[bytes]:
        if limit is not None:
            self._bound(limit)
        return self._request.stream

    def _bound(self, limit: int) -> None:
        """Let no more be read, unless the application has begun to read.

        Before Flask 3.1 the limit of a single request could not be set.
        """
        if "stream" not in self._request.__dict__:
            environ = self._request.environ
            self._request.stream = get_input_stream(environ, max_content_length=limit)
