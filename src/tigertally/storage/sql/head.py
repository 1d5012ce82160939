"""How far the feed has come, and which server says so."""

from dataclasses import dataclass
from typing import Self

from tigertally.storage.sql.dialects.proof import believed


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the feed on a server that takes writes."""

    position: int
    life: str
    """Which life of which server: what another one told may be missing here, and positions may be
    given a second time."""

    @classmethod
    def believed(cls, *, position: int, standing: str) -> Self:
        """Return the head. Raises ReadOnlyServer where the server's word is no proof."""
        return cls(int(position), believed(standing))
