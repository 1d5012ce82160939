"""The bytes of files in a folder of this machine.

A file ``abcd…`` lies in ``ab/abcd….full`` and ``ab/abcd….thumb``: a thousand folders, so that none
gets too long. For its owner only, like everything in the data directory.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from tigertally.core.files import Piece, Rendition
from tigertally.core.identifiers import is_new_id
from tigertally.errors import StoreUnavailable

RESERVE_MAX: Final = 512 * 1024 * 1024
"""Bytes of the disk that pictures leave free; on a small disk, a twentieth of it."""


class LocalBlobs:
    """Implements :class:`tigertally.core.ports.files.Blobs`. Makes its folder at the first put."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file_id: str, rendition: Rendition, content: bytes) -> None:
        """Store the bytes of a file. Raises StoreUnavailable if the disk is nearly full."""
        self.require_room(len(content))
        path = self._shard(file_id) / f"{file_id}.{rendition}"
        # Written aside and renamed: nobody ever reads half a picture, even after a power failure.
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with _translated_errors():
            self._make_shard(path.parent)
            try:
                _write(aside, content)
                aside.replace(path)
            finally:
                aside.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def read(self, file_id: str, rendition: Rendition, *, start: int, length: int) -> Piece | None:
        """Return at most so many bytes from there on, or ``None``."""
        path = self._shard(file_id) / f"{file_id}.{rendition}"
        with _translated_errors(), suppress(FileNotFoundError), path.open("rb") as file:
            file.seek(start)
            return Piece(file.read(length), os.fstat(file.fileno()).st_size)
        return None

    def remove(self, file_ids: Iterable[str]) -> None:
        """Remove everything under these ids, and what a crash left beside it."""
        with _translated_errors():
            for file_id in file_ids:
                for path in list(self._shard(file_id).glob(f"{file_id}.*")):
                    path.unlink(missing_ok=True)

    def written_before(self, instant: datetime) -> Iterator[str]:
        """Yield ids of files written before, and of those that a crash left half-written."""
        with _translated_errors():
            shards = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        for shard in shards:
            with _translated_errors():
                old = sorted(_ids_in(shard, instant))
            yield from old

    def _shard(self, file_id: str) -> Path:
        # The id becomes part of a path here, so only our own form of ids is allowed.
        if not is_new_id(file_id):
            raise ValueError("not the id of a file")
        return self._folder / file_id[:2]

    def require_room(self, size: int) -> None:
        """Keep disk space free for more important data: on a full disk nobody can sign in."""
        with _translated_errors():
            folder = next(path for path in (self._folder, *self._folder.parents) if path.is_dir())
            disk = shutil.disk_usage(folder)
        if disk.free - size < min(RESERVE_MAX, disk.total // 20):
            raise StoreUnavailable(
                f"no pictures are taken: only {disk.free // 1024**2} MiB are free on the disk of "
                f"{folder}"
            )

    def _make_shard(self, shard: Path) -> None:
        for folder in (self._folder, shard):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                _sync_folder(folder.parent)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make names in a folder durable: syncing a file does not do that."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot do it, and need not
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ids_in(shard: Path, instant: datetime) -> set[str]:
    found = set()
    for path in shard.iterdir():
        file_id = path.name.partition(".")[0]
        with suppress(FileNotFoundError):  # removed by another process just now
            if is_new_id(file_id) and path.stat().st_mtime < instant.timestamp():
                found.add(file_id)
    return found


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"the folder of files failed: {error.strerror}") from error
