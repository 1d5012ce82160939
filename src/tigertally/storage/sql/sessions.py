"""The session rows in SQL. The refresh is one guarded UPDATE."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)

from tigertally.core.pages import Place
from tigertally.core.ports.sessions import OwnedSession, SessionPage
from tigertally.core.presence import Sighting
from tigertally.core.refresh import (
    Keep,
    Presented,
    Rotate,
    Rotation,
    Verdict,
    decide,
    kept,
    ring_entry,
)
from tigertally.core.sessions import Ending, Session
from tigertally.errors import StoreUnavailable
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.compiled import (
    ADD_SESSION,
    END,
    LIVE_SESSIONS,
    OWNED_SESSION,
    SESSION,
    SWAP,
    alive,
)
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import DriverCursor
from tigertally.storage.sql.session_rows import (
    ending_row,
    owned_session_of,
    session_of,
    session_of_row,
    session_row,
)
from tigertally.storage.sql.tables import revocations, sessions

ADDRESSES_MAX: Final = 200
"""How many sessions are searched for networks that an account signed in from."""


class RevocationSink(Protocol):
    """Adds revocations to the feed, within the same transaction."""

    def revoke(self, ended: Sequence[Session], now: datetime) -> None:
        """Add the revocation of each session."""
        ...

    def outdate(self, session: Session, now: datetime) -> None:
        """Add an entry that makes access tokens below the session's proof number invalid."""
        ...


class SqlSessions:
    """Implements :class:`tigertally.core.ports.sessions.Sessions` within one transaction."""

    def __init__(
        self,
        connection: Connection,
        cursor: DriverCursor,
        dialect: Dialect,
        sink: RevocationSink,
    ) -> None:
        self._connection = connection
        self._cursor = cursor
        self._dialect = dialect
        self._sink = sink

    def add(self, session: Session) -> None:
        """Insert the row of a new session."""
        self._cursor.add(ADD_SESSION, [session_row(session)])

    def get(self, session_id: str) -> Session | None:
        """Return the row."""
        row = self._cursor.row(SESSION, {"session": session_id})
        return session_of(row) if row else None

    def owned(self, session_id: str) -> OwnedSession | None:
        """Return the row and its owner's, in one statement."""
        row = self._cursor.row(OWNED_SESSION, {"session": session_id})
        return owned_session_of(row) if row else None

    def live(self, user_id: str, now: datetime) -> Sequence[Session]:
        """Return the user's live sessions, the most recently used first."""
        return [
            session_of(row)
            for row in self._cursor.rows(LIVE_SESSIONS, {"user": user_id, "present": now})
        ]

    def page(
        self, user_id: str, now: datetime, *, first: str, after: Place | None, limit: int
    ) -> SessionPage:
        """Return a page of a user's live sessions, with the session ``first`` at the top."""
        query = select(sessions).where(
            sessions.c.user_id == user_id, sessions.c.id != first, *_alive(now)
        )
        here = (sessions.c.last_seen_at, sessions.c.id)
        if after is not None:
            query = query.where(tuple_(*here) < (after.at, after.id))
        # One more than asked for: it tells whether there is a next page.
        latest = query.order_by(*(column.desc() for column in here)).limit(limit + 1)
        rows = self._connection.execute(latest).mappings().all()
        shown = [session_of_row(row) for row in rows[:limit]]
        more = len(rows) > limit
        following = Place(shown[-1].last_seen_at, shown[-1].id) if more else None
        one = self.get(first) if after is None else None
        return SessionPage([one, *shown] if one else shown, following)

    def addresses(self, user_id: str, since: datetime) -> Sequence[str]:
        """Return the addresses of the latest sessions, whether they live or ended."""
        found = self._connection.scalars(
            select(sessions.c.ip)
            .where(sessions.c.user_id == user_id, sessions.c.created_at > since)
            .where(sessions.c.ip.is_not(None))
            .order_by(sessions.c.created_at.desc())
            .limit(ADDRESSES_MAX)
        )
        return list(dict.fromkeys(found))

    def rotate(
        self,
        presented: Presented,
        *,
        nonce_hash: str | None,
        rotation: Rotation,
        idle_ttl: timedelta,
        now: datetime,
    ) -> tuple[Verdict, OwnedSession | None]:
        """Decide a refresh and apply it."""
        bound = presented.nonce_hash is not None
        may_rotate = nonce_hash is not None if bound else rotation is Rotation.ALWAYS
        if may_rotate:
            values = {
                "session": presented.session_id,
                "parent": presented.generation,
                "of_bound": bound,
                "parent_made_by": presented.nonce_hash,
                "child_made_by": nonce_hash if bound else None,
                "ring_entry": ring_entry((nonce_hash if bound else None) or ""),
                "present": now,
                "idle_deadline": now + idle_ttl,
            }
            if self._cursor.change(SWAP, values):
                return Rotate(), self.owned(presented.session_id)
        found = self.owned(presented.session_id)
        session = found.session if found else None
        verdict = decide(session, presented, nonce_hash=nonce_hash, rotation=rotation, now=now)
        if isinstance(verdict, Rotate):
            # The row allows it and the UPDATE changed nothing: another transaction came between.
            raise StoreUnavailable("refresh lost a race twice")
        if isinstance(verdict, Keep) and found is not None:
            session = kept(found.session, idle_ttl=idle_ttl, now=now)
            self._connection.execute(
                update(sessions)
                .where(sessions.c.id == session.id, *_alive(now))
                .values(last_seen_at=now, idle_expires_at=session.idle_expires_at)
            )
            found = replace(found, session=session)
        return verdict, found

    def end(self, session_id: str, ending: Ending, now: datetime) -> Session | None:
        """End one session, if it is live."""
        return next(iter(self._end([session_id], ending, now)), None)

    def end_all(
        self, user_id: str, ending: Ending, now: datetime, *, but: str | None = None
    ) -> Sequence[Session]:
        """End all live sessions of a user, except one."""
        # Read without locking. The caller holds the account, so no session opens meanwhile.
        live = self._connection.scalars(
            select(sessions.c.id).where(sessions.c.user_id == user_id, *_alive(now))
        )
        return self._end(sorted(one for one in live if one != but), ending, now)

    def count(self, user_id: str, now: datetime) -> int:
        """Return how many live sessions a user has."""
        return self._count(sessions.c.user_id == user_id, *_alive(now))

    def owners(self, now: datetime, *, after: str | None, limit: int) -> Sequence[str]:
        """Return ids of users who have live sessions."""
        query = select(sessions.c.user_id).where(*_alive(now)).distinct()
        if after is not None:
            query = query.where(sessions.c.user_id > after)
        return self._connection.scalars(query.order_by(sessions.c.user_id).limit(limit)).all()

    def end_oldest(
        self,
        user_id: str,
        ending: Ending,
        now: datetime,
        *,
        leave: int,
        at_most: int,
        but: str | None = None,
    ) -> Sequence[Session]:
        """End the oldest live sessions, except one."""
        others = (sessions.c.user_id == user_id, sessions.c.id != (but or ""), *_alive(now))
        surplus = min(at_most, self._count(*others) - leave)
        if surplus <= 0:
            return []
        oldest = self._connection.scalars(
            select(sessions.c.id)
            .where(*others)
            .order_by(sessions.c.created_at, sessions.c.id)
            .limit(surplus)
        )
        return self._end(sorted(oldest), ending, now)

    def _count(self, *where: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(sessions).where(*where)
        return self._connection.scalars(counted).one()

    def _end(self, ids: Sequence[str], ending: Ending, now: datetime) -> Sequence[Session]:
        """End those that are live, with one guarded UPDATE each, in the order given.

        Only by primary key. Locking rows found through an index locks the index first and the row
        second. An UPDATE does the reverse, so the two would deadlock.
        """
        ended = []
        for session_id in ids:
            here = {"session": session_id}
            values = {**here, "present": now, **ending_row(ending)}
            row = self._cursor.changed_row(END, values, read=SESSION, by=here)
            if row is not None:
                ended.append(session_of(row))
        self._sink.revoke(ended, now)
        return ended

    def prove(self, session_id: str, now: datetime) -> Session:
        """Record that the owner proved again who they are, and return the new row."""
        self._connection.execute(
            update(sessions)
            .where(sessions.c.id == session_id)
            .values(auth_time=now, proof=sessions.c.proof + 1)
        )
        session = self.get(session_id)
        if session is None:
            raise StoreUnavailable("a locked session has disappeared")
        self._sink.outdate(session, now)
        return session

    def confirm(self, sightings: Iterable[Sighting]) -> None:
        """Write when sessions were last used.

        Rows that are locked are skipped. Many rows are written here, in another order than in other
        flows, and a note is not worth waiting for.
        """
        noted = {sighting.session_id: sighting for sighting in sightings}
        free = self._connection.scalars(
            self._dialect.for_update_of_free(
                select(sessions.c.id).where(sessions.c.id.in_(noted)).order_by(sessions.c.id)
            )
        ).all()
        for sighting in (noted[session_id] for session_id in free):
            seen_at = datetime.fromtimestamp(sighting.seen_at, UTC)
            here = sessions.c.id == sighting.session_id
            self._connection.execute(
                update(sessions)
                .where(here, sessions.c.last_seen_at < seen_at)
                .values(last_seen_at=seen_at)
            )
            self._connection.execute(
                update(sessions)
                .where(
                    here,
                    sessions.c.generation == sighting.generation,
                    sessions.c.confirmed.is_(False),
                )
                .values(confirmed=True)
            )

    def purge(self, before: datetime, limit: int) -> int:
        """Delete rows with an earlier hard deadline."""
        old = select(sessions.c.id).where(sessions.c.absolute_expires_at < before).limit(limit)
        ids = self._connection.scalars(self._dialect.for_update_of_free(old)).all()
        self._connection.execute(delete(sessions).where(sessions.c.id.in_(ids)))
        return len(ids)

    def forget_revocations(self, before: datetime) -> int:
        """Delete feed entries that had expired by then."""
        return self._connection.execute(
            delete(revocations).where(revocations.c.forget_at <= before)
        ).rowcount


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return alive(literal(now, Instant))
