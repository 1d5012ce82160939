"""The rows of files in SQL. Their bytes are stored elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, tuple_, update

from tigertally.core.files import File, PictureKind, Usage
from tigertally.core.pages import Place
from tigertally.core.ports.files import FilePage
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import files, users


class SqlFiles:
    """Implements :class:`tigertally.core.ports.files.Files` within one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def add(self, file: File, *, quota: int) -> None:
        """Add a file that fits into the quota."""
        # Concurrent uploads of this user wait here, so that the sum below stays true until the
        # new row is committed.
        owner = select(users.c.id).where(users.c.id == file.user_id)
        self._connection.execute(self._dialect.for_update(owner))
        self.usage(file.user_id).check_room(file.kept, quota)
        self._connection.execute(insert(files).values(**_row(file)))

    def get(self, user_id: str, file_id: str) -> File | None:
        """Return a file of this user."""
        row = (
            self._connection.execute(
                select(files).where(files.c.id == file_id, files.c.user_id == user_id)
            )
            .mappings()
            .one_or_none()
        )
        return _file(row) if row else None

    def page(self, user_id: str, *, after: Place | None, limit: int) -> FilePage:
        """Return a user's files, newest first."""
        query = select(files).where(files.c.user_id == user_id)
        if after is not None:
            here = tuple_(files.c.created_at, files.c.id)
            query = query.where(here < (after.at, after.id))
        # One more than asked for: it tells whether there is a next page.
        newest = query.order_by(files.c.created_at.desc(), files.c.id.desc()).limit(limit + 1)
        rows = self._connection.execute(newest).mappings().all()
        shown = [_file(row) for row in rows[:limit]]
        more = len(rows) > limit
        return FilePage(shown, Place(shown[-1].created_at, shown[-1].id) if more else None)

    def usage(self, user_id: str) -> Usage:
        """Return the storage that a user takes."""
        kept = files.c.size + func.coalesce(files.c.thumbnail_size, 0)
        sums = select(func.count(), func.coalesce(func.sum(kept), 0))
        count, used = self._connection.execute(sums.where(files.c.user_id == user_id)).one()
        return Usage(files=count, used=int(used))

    def remove(self, user_id: str, file_id: str) -> bool:
        """Remove a file of this user, also as the avatar."""
        done = self._connection.execute(
            delete(files).where(files.c.id == file_id, files.c.user_id == user_id)
        )
        if not done.rowcount:
            return False
        self._connection.execute(
            update(users)
            .where(users.c.id == user_id, users.c.avatar_file_id == file_id)
            .values(avatar_file_id=None)
        )
        return True

    def known(self, file_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that are files."""
        query = select(files.c.id).where(files.c.id.in_(list(file_ids)))
        return set(self._connection.scalars(query))

    def unmeasured(self, limit: int) -> Sequence[str]:
        """Return ids of files whose thumbnail was never measured."""
        return self._connection.scalars(
            select(files.c.id).where(files.c.thumbnail_size.is_(None)).limit(limit)
        ).all()

    def measure(self, file_id: str, thumbnail_size: int) -> None:
        """Write the size of a thumbnail that was never measured."""
        unmeasured = (files.c.id == file_id, files.c.thumbnail_size.is_(None))
        self._connection.execute(
            update(files).where(*unmeasured).values(thumbnail_size=thumbnail_size)
        )

    def purge(self, now: datetime, limit: int) -> Sequence[str]:
        """Remove the files of accounts whose cool-off is over."""
        gone = select(users.c.id).where(users.c.purge_at <= now)
        due = select(files.c.id).where(files.c.user_id.in_(gone)).limit(limit)
        ids = self._connection.scalars(due).all()
        self._connection.execute(delete(files).where(files.c.id.in_(ids)))
        return ids


def _row(file: File) -> dict[str, object]:
    return {
        "id": file.id,
        "user_id": file.user_id,
        "name": file.name,
        "content_type": file.kind.value,
        "size": file.size,
        "thumbnail_size": file.thumbnail_size,
        "width": file.width,
        "height": file.height,
        "created_at": file.created_at,
    }


def _file(row: RowMapping) -> File:
    columns = dict(row)
    return File(kind=PictureKind(columns.pop("content_type")), **columns)
