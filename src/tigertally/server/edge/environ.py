"""The WSGI environment of a request (PEP 3333)."""

import sys
from typing import TYPE_CHECKING, Any

from tigertally.server.edge.reading import Incoming
from tigertally.web.environ import put_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def make_environ(request: Incoming, *, server: tuple[str, str], caller: str) -> "WSGIEnvironment":
    """Return the environment of a request.

    ``server`` is host and port of the listening socket; ``caller`` is an address, empty for a
    Unix socket.
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": f"HTTP/{request.version}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "REMOTE_ADDR": caller,
        "CONTENT_LENGTH": str(request.received),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": request.body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    put_headers(environ, request.headers)
    return environ
