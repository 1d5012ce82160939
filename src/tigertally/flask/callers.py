"""The caller's network address, resolved once, before any route.

If ``TALLY_TRUSTED_PROXIES`` is set, a middleware writes its result into the WSGI environment.
Otherwise the peer of the connection is the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from flask import request

from tigertally.core.addresses import address_of
from tigertally.errors import NotFound

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


@dataclass(frozen=True, slots=True)
class NetworkCaller:
    """The source of a request."""

    address: str | None
    """In canonical form. ``None``: unknown, so nothing is counted under it and it has no rights."""
    local: bool
    """Whether the caller and every proxy in between are on this machine."""
    vouched: bool = False
    """Whether a trusted proxy passed the request on, so that its headers count."""
    port: int | None = None
    """Port at which the proxy was called, if it says so."""


def network_caller() -> NetworkCaller:
    """Return the source of the present request."""
    found = request.environ.get(CALLER)
    return found if isinstance(found, NetworkCaller) else peer_of(request.environ)


def require_audience(audience: Literal["on", "local", "off"]) -> None:
    """Hide a page from callers who may not read it (NotFound)."""
    if audience == "off" or (audience == "local" and not network_caller().local):
        raise NotFound


def peer_of(environ: Mapping[str, Any]) -> NetworkCaller:
    """Return the peer of the connection as the caller.

    It counts as local only without a sign of a proxy: an unlisted proxy on this machine brings
    callers from anywhere.
    """
    address = address_of(str(environ.get("REMOTE_ADDR") or ""))
    passed_on = any(environ.get(name) for name in FORWARDING)
    return NetworkCaller(
        address=None if address is None else str(address),
        local=address is not None and address.is_loopback and not passed_on,
    )
