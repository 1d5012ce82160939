"""The source of a request, from its WSGI environment.

If ``TALLY_TRUSTED_PROXIES`` is set, a middleware writes its result there. Otherwise the peer of the
connection is the caller.
"""

from collections.abc import Mapping
from typing import Any, Final

from tigertally.core.addresses import address_of
from tigertally.web.callers import NetworkCaller

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


def caller_of(environ: Mapping[str, Any]) -> NetworkCaller:
    """Return the source of a request."""
    found = environ.get(CALLER)
    return found if isinstance(found, NetworkCaller) else peer_of(environ)


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
