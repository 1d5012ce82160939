"""Who calls, as far as the network tells: resolved once, before any route.

Where ``TALLY_TRUSTED_PROXIES`` is set, a middleware leaves what it found in the WSGI environment.
Without it the peer of the connection is the caller.
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
"""Headers that show that a proxy passed the request on, listed or not."""


@dataclass(frozen=True, slots=True)
class NetworkCaller:
    """Where a request comes from."""

    address: str | None
    """In canonical form. ``None``: unknown, so nothing is counted under it and it has no rights."""
    local: bool
    """Whether the caller and every proxy in between are on this machine."""
    vouched: bool = False
    """Whether a trusted proxy passed the request on, so that its headers count."""
    port: int | None = None
    """Port at which the proxy was called, where it says so."""


def network_caller() -> NetworkCaller:
    """Return where the present request comes from."""
    found = request.environ.get(CALLER)
    return found if isinstance(found, NetworkCaller) else peer_of(request.environ)


def require_audience(audience: Literal["on", "local", "off"]) -> None:
    """Refuse callers for whom a page is not there (NotFound)."""
    if audience == "off" or (audience == "local" and not network_caller().local):
        raise NotFound


def peer_of(environ: Mapping[str, Any]) -> NetworkCaller:
    """Return the peer of the connection as the caller.

    It counts as local only without a sign of a proxy: a proxy on this machine that is not listed
    brings in everybody.
    """
    address = address_of(str(environ.get("REMOTE_ADDR") or ""))
    passed_on = any(environ.get(name) for name in FORWARDING)
    return NetworkCaller(
        address=None if address is None else str(address),
        local=address is not None and address.is_loopback and not passed_on,
    )
