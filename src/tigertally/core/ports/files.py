"""Files of users: what is known of them, their bytes, and pictures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tigertally.core.files import File, Picture, Piece, Rendition, Usage
from tigertally.core.pages import Place


@dataclass(frozen=True, slots=True)
class FilePage:
    """Some files, newest first, and the place to go on behind, if there are more."""

    files: Sequence[File]
    following: Place | None


class Files(Protocol):
    """The rows of files. They, not the bytes, decide which files exist and whose they are."""

    def add(self, file: File, *, quota: int) -> None:
        """Add a file that fits in beside all others of its user's. Raises QuotaExceeded.

        Of uploads at the same time, no two can fill the same room.
        """
        ...

    def get(self, user_id: str, file_id: str) -> File | None:
        """Return a file of this user; ``None`` for somebody else's."""
        ...

    def page(self, user_id: str, *, after: Place | None, limit: int) -> FilePage:
        """Return a user's files, newest first."""
        ...

    def usage(self, user_id: str) -> Usage:
        """Return the storage that a user takes."""
        ...

    def remove(self, user_id: str, file_id: str) -> bool:
        """Remove a file of this user, also as the avatar. Tell whether it existed."""
        ...

    def known(self, file_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that are files."""
        ...

    def unmeasured(self, limit: int) -> Sequence[str]:
        """Return ids of files whose thumbnail was never measured."""
        ...

    def measure(self, file_id: str, thumbnail_size: int) -> None:
        """Write the size of a thumbnail that was never measured."""
        ...

    def purge(self, now: datetime, limit: int) -> Sequence[str]:
        """Remove files of accounts whose time to come back is over; return their ids."""
        ...


class Blobs(Protocol):
    """The bytes of files, outside any transaction. All acts raise StoreUnavailable.

    Bytes are put before their row is added, and removed after it is gone: whatever a crash comes
    between, no row lacks its bytes, and bytes without a row are found by :meth:`written_before`.
    """

    def put(self, file_id: str, rendition: Rendition, content: bytes) -> None:
        """Store the bytes of a file, completely or not at all. They are durable on return."""
        ...

    def require_room(self, size: int) -> None:
        """Raise StoreUnavailable if there is no space for so many more bytes."""
        ...

    def read(self, file_id: str, rendition: Rendition, *, start: int, length: int) -> Piece | None:
        """Return at most so many bytes from there on; ``None`` for an unknown id.

        Behind the end the piece is empty. Nothing stays open, so a slow reader holds nothing.
        """
        ...

    def remove(self, file_ids: Iterable[str]) -> None:
        """Remove everything stored under these ids. Unknown ids are no error."""
        ...

    def written_before(self, instant: datetime) -> Iterator[str]:
        """Yield the ids under which something was written before that, by the store's own clock.

        An id may come more than once.
        """
        ...


class Pictures(Protocol):
    """Encodes uploads again, outside this process's memory."""

    @property
    def busy(self) -> int:
        """How many pictures are being decoded, or wait for their turn."""
        ...

    def develop(self, upload: bytes) -> Picture:
        """Return the picture, encoded again. Only the pixels of ``upload`` survive.

        Raises UnsupportedMediaType if it is no picture, InvalidRequest (``file``) if it is
        damaged or too large, Busy if too many wait, StoreUnavailable.
        """
        ...

    def after_fork(self) -> None:
        """Go on in a forked child."""
        ...
