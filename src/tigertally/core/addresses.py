"""Network addresses as other programs write them, in one canonical form.

An invalid address gives ``None``, which means *unknown*: never the address of somebody else.
Two callers with unknown addresses are two callers, so nothing may be counted under ``None``.
"""

import ipaddress
import re
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 7239 §6.2: a port is up to five digits, or a name behind an underscore.
_PORT: Final = r"(?::(?:\d{1,5}|_[A-Za-z0-9._-]{1,64}))?"
_IN_BRACKETS: Final = re.compile(rf"\[([^\[\]]+)\]{_PORT}")
_WITH_PORT: Final = re.compile(rf"([0-9.]+){_PORT}")
_ZONE: Final = re.compile(r"[A-Za-z0-9._~-]{1,32}")

_SHORTEST: Final = {4: 8, 6: 7}
"""Shortest prefix of a network of proxies: the private ones are 10.0.0.0/8 and fc00::/7."""

_CUSTOMER: Final = 64
"""Bits of an IPv6 address that one customer is given at the least (RFC 6177)."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def address_of(text: str) -> Address | None:
    """Return a bare address, or ``None`` for an invalid one.

    IPv4 mapped into IPv6 becomes IPv4: a listener on ``::`` sees callers so. A zone (``%eth0``) is
    left out, since it means nothing on another machine.
    """
    bare, percent, zone = text.partition("%")
    if percent and not _ZONE.fullmatch(zone):
        return None
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return None if percent else address


def node_of(text: str) -> Address | None:
    """Return the address of a hop as proxies write it, or ``None``.

    With or without a port, in brackets, in quotes (RFC 7239 §6). ``unknown``, ``_hidden`` and
    every other invalid address give ``None``.
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if found := _IN_BRACKETS.fullmatch(text):
        # Brackets are for IPv6 alone (RFC 3986 §3.2.2).
        return address_of(found[1]) if ":" in found[1] else None
    if found := _WITH_PORT.fullmatch(text):
        return address_of(found[1])
    return address_of(text)


def network_of(text: str) -> Network:
    """Return a network of proxies, or of one. Raises ValueError that says what is wrong."""
    try:
        network = ipaddress.ip_network(text.replace("%", " "))  # no zones
    except ValueError:
        raise ValueError(
            "must be addresses like 10.0.0.7, networks like 10.0.0.0/8, or `unix`, commas between"
        ) from None
    if isinstance(network, ipaddress.IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= 96:
            network = ipaddress.ip_network((mapped, network.prefixlen - 96))
    if network.prefixlen < _SHORTEST[network.version]:
        raise ValueError(
            "must name your proxies, not most of the Internet: anybody in such a network could "
            "choose their own address"
        )
    return network


def counted_network(text: str | None) -> str | None:
    """Return the network that attempts from an address are counted by, or ``None``.

    IPv4 by the whole address, also where it is wrapped in IPv6 (mapped, NAT64, 6to4, Teredo). IPv6
    by its /64: a customer who has one of its addresses has all of them.
    """
    address = address_of(text or "")
    if address is None:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = _wrapped(address) or address
    if isinstance(address, ipaddress.IPv4Address) or address.is_link_local or address.is_loopback:
        return str(address)
    return str(ipaddress.IPv6Network((address, _CUSTOMER), strict=False))


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    # Teredo's second address is the caller's, its first the relay's.
    teredo = address.teredo
    return address.sixtofour or (teredo[1] if teredo else None)
