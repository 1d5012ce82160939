"""Any WSGI application: a middleware before all of it.

``environ["tally.claims"]`` has the claims.
"""

from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from tigertally.errors import TallyError
from tigertally.verify.demands import Demands
from tigertally.verify.paths import Paths
from tigertally.verify.refusals import bearer, refusal
from tigertally.verify.threads import Verifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class SignedInMiddleware:
    """Lets only signed-in callers through; its arguments are those of the one for ASGI."""

    def __init__(
        self,
        app: "WSGIApplication",
        verifier: Verifier,
        *,
        open_paths: Collection[str] = (),
        role: str | None = None,
        permission: str | None = None,
        fresh: bool = False,
    ) -> None:
        self._app = app
        self._verify = verifier.verify
        self._open = Paths(open_paths)
        self._demands = Demands(role, permission, fresh)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve a request."""
        if self._open.have(environ.get("PATH_INFO", "")):
            return self._app(environ, start_response)
        try:
            token = bearer(environ.get("HTTP_AUTHORIZATION"))
            environ["tally.claims"] = self._verify(token, self._demands)
        except TallyError as error:
            found = refusal(error, environ.get("HTTP_ACCEPT_LANGUAGE"))
            headers = [*found.headers.items(), ("Content-Length", str(len(found.body)))]
            status = HTTPStatus(found.status)
            start_response(f"{status.value} {status.phrase}", headers)
            return [found.body]
        return self._app(environ, start_response)
