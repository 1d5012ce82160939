"""A user's own pictures: list, add, show, remove.

The caller's session is checked in the same transaction. Callers find their own files only; another
user's file looks like an unknown one. Bytes lie outside the database, so the order matters: they
are durable before their row is added, and removed only after it is gone. A crash in between leaves
bytes without a row, which nobody can reach and housekeeping removes; never the reverse.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from tigertally.core.events import Event, EventName
from tigertally.core.files import (
    PIECE_MAX,
    File,
    Piece,
    Rendition,
    Usage,
    clean_file_name,
)
from tigertally.core.identifiers import new_id
from tigertally.core.pages import Place
from tigertally.core.ports.files import Blobs, FilePage
from tigertally.core.throttle import Act, Attempt, Busy, Locked, Subject
from tigertally.errors import (
    Conflict,
    NotAuthenticated,
    NotFound,
    RateLimited,
    StoreUnavailable,
)
from tigertally.flows.context import Actor, Context, hold_actor, live_session
from tigertally.flows.steps.attempt import COME_BACK


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """A signed-in user's actions on their files. Each raises SessionEnded."""

    context: Context

    def page(self, actor: Actor, *, after: Place | None, limit: int) -> tuple[FilePage, Usage]:
        """Return some files, newest first, and the user's total usage."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            files = tx.files.page(actor.user_id, after=after, limit=limit)
            return files, tx.files.usage(actor.user_id)

    def add(self, actor: Actor, *, name: str, upload: bytes) -> File:
        """Store an upload, encoded again from its pixels. Return the new file.

        Raises QuotaExceeded, RateLimited, UnsupportedMediaType, InvalidRequest (``file``).
        """
        self._check_before_the_work(actor, len(upload))
        picture = self.context.pictures.develop(upload)
        now = self.context.clock.now()
        file = File(
            id=new_id(),
            user_id=actor.user_id,
            name=clean_file_name(name, picture.kind),
            kind=picture.kind,
            size=len(picture.content),
            thumbnail_size=len(picture.thumbnail),
            width=picture.width,
            height=picture.height,
            created_at=now,
        )
        self.context.blobs.put(file.id, Rendition.THUMB, picture.thumbnail)
        self.context.blobs.put(file.id, Rendition.FULL, picture.content)
        try:
            with self.context.store.writing() as tx:
                _, session = hold_actor(tx, actor, now)
                tx.files.add(file, quota=self.context.rules.files_quota)
                tx.events.append(Event.of(EventName.FILE_ADDED, session, now))
        except (Conflict, NotAuthenticated):
            # Only if the row is surely not there: after a commit that may or may not have
            # happened, the bytes are left to the sweep.
            self._remove_bytes(file.id)
            raise
        return file

    def get(self, actor: Actor, file_id: str) -> File:
        """Return a file. Raises NotFound if the actor has no file of this id."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            file = tx.files.get(actor.user_id, file_id)
        if file is None:
            raise NotFound
        return file

    def content(self, file: File, rendition: Rendition) -> "Content":
        """Return the bytes of a file from :meth:`get`. Raises NotFound if they were removed."""
        blobs = self.context.blobs
        first = blobs.read(file.id, rendition, start=0, length=PIECE_MAX)
        if first is None:
            raise NotFound
        return Content(blobs, file.id, rendition, first)

    def remove(self, actor: Actor, file_id: str) -> None:
        """Remove a file, also as avatar. Raises NotFound if the actor has no file of this id."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            if not tx.files.remove(actor.user_id, file_id):
                raise NotFound
            tx.events.append(Event.of(EventName.FILE_DELETED, session, now))
        self._remove_bytes(file_id)

    def _check_before_the_work(self, actor: Actor, size: int) -> None:
        # Decided again, finally, when the row is added. This check saves the decoding.
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            tx.files.usage(actor.user_id).check_room(1, self.context.rules.files_quota)
        self.context.blobs.require_room(size)
        self._count(actor.user_id)

    def _count(self, user_id: str) -> None:
        """Count every upload. Raises RateLimited after too many a minute."""
        upload = Attempt(new_id(), (Subject(Act.UPLOAD_BY_USER, user_id),))
        now = self.context.clock.now()
        match self.context.throttle.reserve(upload, now):
            case Locked(retry_after):
                raise RateLimited(retry_after)
            case Busy():
                raise RateLimited(COME_BACK)
        self.context.throttle.fail(upload, now)

    def _remove_bytes(self, file_id: str) -> None:
        # The row is gone, so bytes that cannot be removed now are orphans for the sweep.
        with suppress(StoreUnavailable):
            self.context.blobs.remove([file_id])


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, read with one piece in memory at a time."""

    _blobs: Blobs
    _file_id: str
    _rendition: Rendition
    _first: Piece

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._first.total

    def pieces(self, start: int, behind: int) -> Iterator[bytes]:
        """Return the bytes of a range, piece by piece.

        Raises StoreUnavailable, here or with any piece, if it was removed or cannot be read.
        """
        data = self._first.data[start:behind]
        if not data and start < behind:
            data = self._read(start, behind)
        return _Pieces(self._read, start, behind, data)

    def _read(self, start: int, behind: int) -> bytes:
        length = min(PIECE_MAX, behind - start)
        found = self._blobs.read(self._file_id, self._rendition, start=start, length=length)
        if found is None or not found.data:
            raise StoreUnavailable("a picture ended before its end")
        return found.data


@dataclass(slots=True)
class _Pieces(Iterator[bytes]):
    """Not a generator: that would hold its last piece while a slow reader takes it."""

    read: Callable[[int, int], bytes]
    at: int
    behind: int
    ready: bytes = field(repr=False)

    def __next__(self) -> bytes:
        if self.at >= self.behind:
            raise StopIteration
        data, self.ready = self.ready or self.read(self.at, self.behind), b""
        self.at += len(data)
        return data
