"""Behind proxies: whose word about the caller's address and scheme is believed."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from tigertally.errors import SetupError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FORWARDED: Final = ("FOR", "PROTO", "HOST", "PORT", "PREFIX")


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return the networks of a setting. Raises SetupError."""
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError:
        raise SetupError(
            "TALLY_TRUSTED_PROXIES holds something that is no address and no network",
            remedy="write addresses like 10.0.0.7 or networks like 10.0.0.0/8, commas between",
        ) from None


class TrustedProxies:
    """WSGI middleware: believes ``X-Forwarded-…`` of known proxies, and hides everyone else's.

    The caller's address is the last one in ``X-Forwarded-For`` that is not a trusted proxy: what
    stands before it, the caller may have written.
    """

    def __init__(self, app: "WSGIApplication", networks: Sequence[Network]) -> None:
        self._app = app
        self._networks = networks

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Rewrite the environment, and go on."""
        forwarded = {name: environ.pop(f"HTTP_X_FORWARDED_{name}", "") for name in _FORWARDED}
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            self._believe(environ, forwarded)
        return self._app(environ, start_response)

    def _believe(self, environ: "WSGIEnvironment", forwarded: dict[str, str]) -> None:
        for text in reversed([part.strip() for part in forwarded["FOR"].split(",")]):
            if _address(text) is None:
                break
            environ["REMOTE_ADDR"] = text
            if not self._trusts(text):
                break
        # Each proxy appends: the last entry is the word of the one that we trust.
        scheme = forwarded["PROTO"].rpartition(",")[2].strip()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        host = forwarded["HOST"].rpartition(",")[2].strip()
        if host:
            environ["HTTP_HOST"] = host

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            # Any text may stand behind the percent sign, and it would be shown as an address.
            return None
        # How a listener on `::` sees a caller on IPv4.
        return address.ipv4_mapped or address
    return address
