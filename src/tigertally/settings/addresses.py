"""Addresses, origins and proxies as settings write them."""

import re
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

import idna
from pydantic import AfterValidator

from tigertally.core.addresses import network_of
from tigertally.core.origins import canonical_host, origin_of

UNIX: Final = "unix"
"""In place of an address: callers on a Unix socket."""

OWN_PATHS: Final = frozenset({".well-known", "api", "assets", "healthz", "metrics", "readyz"})
"""What stands first in paths of ours: a proxy may or may not take the public path off, and the two
must be told apart."""

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}")
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
_NO_ORIGIN: Final = frozenset({"about", "blob", "data", "file", "javascript", "mailto"})


class ProxyHeaders(StrEnum):
    """Which headers of trusted proxies count."""

    X_FORWARDED = "x-forwarded"
    FORWARDED = "forwarded"


def in_ascii(host: str) -> str:
    """Return a host name as browsers send it: `例子.公司` is `xn--fsqu00a.xn--55qx5d` (UTS 46).

    Raises ValueError where it can be none.
    """
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise ValueError("must name a host that can exist") from None


def _url(text: str, example: str) -> SplitResult:
    """Return the parts of an address, its host in canonical ASCII."""
    try:
        parts = urlsplit(text)
        host = canonical_host(in_ascii(parts.hostname or ""))
        port = parts.port
    except ValueError:
        # The library's words would repeat the value, and with it a password before the host.
        raise ValueError(f"must be like {example}") from None
    if not host or port == 0 or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"must be like {example}, never a wildcard, and nothing behind")
    netloc = origin_of(parts.scheme, host, port).partition("://")[2]
    return parts._replace(netloc=netloc)


def _origin(text: str) -> str:
    if text.strip().lower() in {"null", "file://", "file:///"}:
        raise ValueError(
            "cannot list `null` or `file://`: every sandboxed frame and local file in the world "
            "has that origin. Serve the page under a scheme or host of its own"
        )
    parts = _url(text, "https://example.com:8443 or capacitor://localhost")
    if parts.path.strip("/"):
        raise ValueError("must be an origin only: scheme, host and port, nothing behind")
    if parts.scheme in _NO_ORIGIN or not parts.scheme:
        raise ValueError("must be an origin like https://example.com or capacitor://localhost")
    return f"{parts.scheme}://{parts.netloc}"


def _public_url(text: str) -> str:
    parts = _url(text, "https://example.com or https://example.com/auth")
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must be an address like https://example.com")
    path = parts.path.rstrip("/")
    if path and not _PATH.fullmatch(path):
        raise ValueError(
            "must have a plain path: letters, digits, `-`, `.`, `_`, `~` between slashes"
        )
    if path.split("/")[1:2] and path.split("/")[1] in OWN_PATHS:
        raise ValueError(f"must not lie below `/{path.split('/')[1]}`, which is a path of our own")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _api_prefix(text: str) -> str:
    path = f"/{text.strip('/')}"
    if not _PATH.fullmatch(path):
        raise ValueError(
            "must be a path like /account/api: letters, digits, `-`, `.`, `_`, `~` between slashes"
        )
    return path


def _proxy(text: str) -> str:
    if text.lower().rstrip(":") == UNIX:
        return UNIX
    network = network_of(text)
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address if alone else network)


def _network(text: str) -> str:
    try:
        return str(network_of(text))
    except ValueError:
        raise ValueError(
            "must be addresses like 192.0.2.7 or networks like 192.0.2.0/24, commas between; none "
            "wider than /8 (IPv6: /7)"
        ) from None


def _header_name(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError("must be names of headers, commas between, never a wildcard")
    return text.lower()


Origin = Annotated[str, AfterValidator(_origin)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
ApiPrefix = Annotated[str, AfterValidator(_api_prefix)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
TrustedProxy = Annotated[str, AfterValidator(_proxy)]
NetworkText = Annotated[str, AfterValidator(_network)]
