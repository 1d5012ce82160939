"""The caller's network address, resolved once by the adapter, before any route."""

from dataclasses import dataclass
from typing import Literal

from tigertally.errors import NotFound


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


Audience = Literal["on", "local", "off"]
"""Who may read a page: anyone, callers on this machine, nobody."""


def require_audience(audience: Audience, caller: NetworkCaller) -> None:
    """Hide a page from callers who may not read it (NotFound)."""
    if audience == "off" or (audience == "local" and not caller.local):
        raise NotFound
