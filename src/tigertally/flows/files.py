"""A user's own pictures: listed, added, shown, removed.

Whoever asks is checked in the transaction of what they ask for, and finds only files of their own:
somebody else's look like none at all. Bytes lie outside the database, so the order matters: they
are durable before their row is added, and removed only after it is gone. A crash in between leaves
bytes without a row, which nobody can reach and housekeeping sweeps away; never the reverse.
"""

from contextlib import suppress
from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.files import File, Place, Rendition, Usage, clean_file_name
from tigertally.core.identifiers import new_id
from tigertally.core.ports import FilePage
from tigertally.errors import Conflict, NotAuthenticated, NotFound, StoreUnavailable
from tigertally.flows.context import Actor, Context, hold_actor, live_session


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The journeys of a signed-in user among their files; each raises SessionEnded."""

    context: Context

    def page(self, actor: Actor, *, after: Place | None, limit: int) -> tuple[FilePage, Usage]:
        """Return some files, newest first, and how much the user keeps in all."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            files = tx.files.page(actor.user_id, after=after, limit=limit)
            return files, tx.files.usage(actor.user_id)

    def add(self, actor: Actor, *, name: str, upload: bytes) -> File:
        """Return the new file, a picture made anew from the pixels of the upload.

        Raises QuotaExceeded, UnsupportedMediaType, InvalidRequest (``file``).
        """
        self._check_before_the_work(actor)
        picture = self.context.pictures.develop(upload)
        now = self.context.clock.now()
        file = File(
            id=new_id(),
            user_id=actor.user_id,
            name=clean_file_name(name, picture.kind),
            kind=picture.kind,
            size=len(picture.content),
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
            # Only where the row is surely not there: after a commit that may or may not have
            # happened, the bytes are left to the sweep.
            self._remove_bytes(file.id)
            raise
        return file

    def get(self, actor: Actor, file_id: str) -> File:
        """Return a file. Raises NotFound where the actor has none of this id."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            file = tx.files.get(actor.user_id, file_id)
        if file is None:
            raise NotFound
        return file

    def content(self, file: File, rendition: Rendition) -> bytes:
        """Return the bytes of a file that :meth:`get` gave. Raises NotFound where they went."""
        content = self.context.blobs.read(file.id, rendition)
        if content is None:
            raise NotFound
        return content

    def remove(self, actor: Actor, file_id: str) -> None:
        """Remove a file, as the avatar too. Raises NotFound where the actor has none of this id."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            if not tx.files.remove(actor.user_id, file_id):
                raise NotFound
            tx.events.append(Event.of(EventName.FILE_DELETED, session, now))
        self._remove_bytes(file_id)

    def _check_before_the_work(self, actor: Actor) -> None:
        # Decided again, and for good, when the row is added; this spares the decoding.
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            tx.files.usage(actor.user_id).check_room(1, self.context.rules.files_quota)

    def _remove_bytes(self, file_id: str) -> None:
        # The row has decided; what cannot be removed now is an orphan that the sweep finds.
        with suppress(StoreUnavailable):
            self.context.blobs.remove([file_id])
