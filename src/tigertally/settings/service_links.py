"""What Kubernetes writes into the environment of each container.

It gives the addresses of all services beside it. Those of a service called `tally` or `tally-redis`
have names that look like settings of ours.
"""

import re
from collections.abc import Mapping
from typing import Final

_LINK: Final = re.compile(
    r"TALLY(?:_[A-Z0-9_]+)?_"
    r"(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_LINK_PORT: Final = re.compile(r"TALLY(?:_[A-Z0-9_]+)?_PORT")
_LINK_ADDRESS: Final = re.compile(r"(?:tcp|udp|sctp)://\S+:\d+")


def without_service_links(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment without the addresses of services called `tally` or `tally-…`."""
    return {name: value for name, value in environ.items() if not _is_service_link(name, value)}


def _is_service_link(name: str, value: str) -> bool:
    if _LINK.fullmatch(name):
        return True
    return bool(_LINK_PORT.fullmatch(name) and _LINK_ADDRESS.fullmatch(value))
