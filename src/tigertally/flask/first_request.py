"""Looks at the routes of an application once more, when its first request comes.

Routes may be added after ours.
"""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from tigertally.flask.collisions import collisions
from tigertally.web.addresses import Addresses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger: logging.Logger = logging.getLogger("tigertally")


class FirstRequest:
    """WSGI middleware that reports collisions at the first request, and then takes itself out.

    While an application is developed or tested, the collision is raised. One that serves people
    goes on, and its log has the sentence.
    """

    def __init__(self, app: Flask, addresses: Addresses) -> None:
        self._app = app
        self._addresses = addresses
        self._inner: WSGIApplication = app.wsgi_app
        self._looked = False
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Look at the routes, and call the application. Raises SetupError."""
        if not self._looked:
            self._look()
        return self._inner(environ, start_response)

    def _look(self) -> None:
        app = self._app
        for found in collisions(app, self._addresses):
            error = found.as_error()
            if app.debug or app.testing:
                raise error
            logger.error("%s; %s", error.problem, error.remedy)
        self._looked = True
        if app.wsgi_app is self:
            # Costs nothing from now on, unless somebody wrapped this meanwhile.
            app.wsgi_app = self._inner  # type: ignore[assignment,method-assign]
