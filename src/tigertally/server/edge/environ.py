"""The WSGI environment of a request (PEP 3333)."""

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tigertally.server.edge.reading import Incoming

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_OWN_KEYS = {b"content-type": "CONTENT_TYPE"}

_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"expect", b"connection"})
"""Hop-by-hop headers. The application gets the whole body, so they no longer apply."""


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
    for name, value in request.headers:
        key = _key(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    return environ


@lru_cache(1024)
def _key(name: bytes) -> str | None:
    """Return WSGI's name of a header; ``None`` for one that is not passed on."""
    if b"_" in name or name in _FRAMING:
        # With an underscore it would arrive under the name of another header.
        return None
    return _OWN_KEYS.get(name) or "HTTP_" + name.decode("ascii").upper().replace("-", "_")
