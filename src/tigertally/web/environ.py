"""The head of a request in WSGI's form (PEP 3333), in which proxies' middleware resolves callers.

If ``TALLY_TRUSTED_PROXIES`` is set, that middleware writes its result into the environment.
Otherwise the peer of the connection is the caller.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from werkzeug.wrappers import Request as WerkzeugRequest

from tigertally.core.addresses import address_of
from tigertally.web.callers import NetworkCaller
from tigertally.web.values import Body, Request

CALLER: Final = "tigertally.caller"
"""Name in the WSGI environment. A request cannot set it: headers become ``HTTP_…``."""

FORWARDING: Final = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
"""Headers by which a proxy shows itself, trusted or not."""


_OWN_KEYS: Final = {b"content-type": "CONTENT_TYPE"}

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"connection"})
"""Headers about the connection. A server that reads whole bodies first does not need them."""


def put_headers(environ: dict[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Write headers into an environment; their names are in lower case."""
    for name, value in headers:
        key = _key(name) if len(name) <= _SHORT else _new_key(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text


def _new_key(name: bytes) -> str | None:
    """Return WSGI's name of a header; ``None`` for one that is not passed on."""
    if b"_" in name or name in _FRAMING or not name.isascii():
        # With an underscore it would arrive under the name of another header.
        return None
    return _OWN_KEYS.get(name) or "HTTP_" + name.decode("ascii").upper().replace("-", "_")


_SHORT: Final = 64
_key = lru_cache(1024)(_new_key)
"""For the names that come again and again; who sends long ones must not fill the memory."""


def value_of(request: WerkzeugRequest, body: Body) -> Request:
    """Return werkzeug's request, or a framework's that is one, as a plain value."""
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
        body=body,
    )


def caller_of(environ: Mapping[str, Any]) -> NetworkCaller:
    """Return the source of a request."""
    found = environ.get(CALLER)
    return found if isinstance(found, NetworkCaller) else peer_of(environ)


def peer_of(environ: Mapping[str, Any]) -> NetworkCaller:
    """Return the peer of the connection as the caller.

    It counts as local only without a sign of a proxy: an unlisted proxy on this machine brings
    callers from anywhere.
    """
    passed_on = any(environ.get(name) for name in FORWARDING)
    return _peer(str(environ.get("REMOTE_ADDR") or ""), passed_on=passed_on)


@lru_cache(4096)
def _peer(text: str, *, passed_on: bool) -> NetworkCaller:
    address = address_of(text)
    return NetworkCaller(
        address=None if address is None else str(address),
        local=address is not None and address.is_loopback and not passed_on,
    )
