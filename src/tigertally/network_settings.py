"""Addresses, origins and proxies in settings; part of ``settings.py``."""

import re
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from tigertally.core.addresses import network_of

UNIX: Final = "unix"
"""In place of an address: whoever calls on a Unix socket."""

_HOST: Final = re.compile(r"[\w.-]+|[0-9a-f:.]+")


class ProxyHeaders(StrEnum):
    """Which headers of trusted proxies count."""

    X_FORWARDED = "x-forwarded"
    FORWARDED = "forwarded"


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        # The library's words would repeat the value, and with it a password before the host.
        raise ValueError("must be an origin like https://example.com:8443") from None
    if parts.scheme not in {"http", "https"} or not host or not _HOST.fullmatch(host):
        raise ValueError("must be an origin like https://example.com, never a wildcard")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an origin only: scheme, host and port, nothing behind")
    # As browsers spell the header `Origin`, to which it is compared (RFC 6454 §6.2).
    shown = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in {None, standard} else "")


def _proxy(text: str) -> str:
    if text.lower() == UNIX:
        return UNIX
    network = network_of(text)
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address if alone else network)


def _listed(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Listed = BeforeValidator(_listed)
Origin = Annotated[str, AfterValidator(_origin)]
TrustedProxy = Annotated[str, AfterValidator(_proxy)]
