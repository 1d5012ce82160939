"""What these tests put into a store of bytes, and when."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tigertally.core.files import PIECE_MAX, Rendition
from tigertally.core.ports.files import Blobs

NOW: Final = datetime.now(UTC)
LATER: Final = NOW + timedelta(hours=2)
EARLIER: Final = NOW - timedelta(hours=2)


def whole(blobs: Blobs, file_id: str, rendition: Rendition) -> bytes | None:
    """Everything that is kept, read as the service reads it."""
    found = b""
    while piece := blobs.read(file_id, rendition, start=len(found), length=PIECE_MAX):
        assert len(piece.data) <= PIECE_MAX
        if not piece.data:
            return found
        found += piece.data
    return None
