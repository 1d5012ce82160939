"""The revocation sequence number (feed head), and the server that reported it."""

from dataclasses import dataclass
from typing import Self

from tigertally.storage.sql.dialects.proof import believed


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the feed on a server that takes writes."""

    position: int
    life: str
    """The server and its present life. Another server, or an earlier life, may have had entries
    that are missing here, and positions may repeat."""

    @classmethod
    def believed(cls, *, position: int, standing: str) -> Self:
        """Return the head. Raises ReadOnlyServer if the server takes no writes."""
        return cls(int(position), believed(standing))
