"""Hosts and origins in one canonical form, so that two spellings of one thing compare as equal.

The form is the one in which browsers write the header ``Origin`` (RFC 6454 §6.2): ASCII, lower
case, without the scheme's own port. A dot behind a host name is left out.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_AUTHORITY: Final = re.compile(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]{2,45})\]|[A-Za-z0-9._~!$&'()*+,;=%-]{0,255})"
    r"(?::(?P<port>[0-9]{0,5}))?"
)
_PORT_MAX: Final = 65_535
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")


def canonical_host(text: str) -> str | None:
    """Return a host in ASCII as browsers write it, IPv6 without brackets; ``None`` for no host."""
    host = text.lower().removesuffix(".")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if ":" in host:
        return str(ipaddress.IPv6Address(host)) if _is_ipv6(host) else None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if _NUMBER.fullmatch(labels[-1]):
        # Browsers read `127.1` and `0x7f.1` as 127.0.0.1; there is no need to allow that.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    return host


def is_authority(text: str) -> bool:
    """Tell whether a text is a host and perhaps a port, as ``Host`` has them (RFC 9110 §7.2).

    Empty is valid: it is what a request for no host sends.
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return False
    address, port = found["address"], found["port"]
    if address is not None and not _is_ipv6(address):
        return False
    return not port or int(port) <= _PORT_MAX


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def canonical_origin(text: str) -> str | None:
    """Return an origin in its canonical form, or ``None`` for a text that is no origin.

    Any scheme may stand in it: applications have schemes of their own, such as ``capacitor``.
    ``null`` is no origin: it stands for every sandboxed frame and local file at once.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = canonical_host(parts.hostname or "")
    if not host or not _SCHEME.fullmatch(parts.scheme) or port == 0:
        return None
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return origin_of(parts.scheme, host, port)


def origin_of(scheme: str, host: str, port: int | None) -> str:
    """Return the origin of a canonical host."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + (f":{port}" if port not in {None, _PORTS.get(scheme)} else "")
