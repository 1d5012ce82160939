"""The revocation log (feed): rows in a table, and a doorbell that says when to read them.

On each request, :meth:`SqlFeed.catch_up` compares words in shared memory. If they changed, one
thread of the process reads the newer rows. The others wait, because they must not use data that is
known to be out of date.

On one machine the doorbell is enough, because every writer rings it. If other machines use the
database, the machine's feed process rings for their changes and renews a lease. If the lease is
older than ``max_silence``, each request asks the database. If that does not answer, the request is
refused.
"""

import threading
import time
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, select
from sqlalchemy.exc import SQLAlchemyError

from tigertally.clock import Clock
from tigertally.core.revocation import Kind, Revocation, Revocations
from tigertally.core.sessions import EndReason
from tigertally.errors import StoreUnavailable, VerifierUnavailable
from tigertally.storage.doorbell.reader import CLOCK_STEP, DoorbellReader
from tigertally.storage.sql.dialects import STANDING
from tigertally.storage.sql.head import Head
from tigertally.storage.sql.tables import feed_head
from tigertally.storage.sql.tables import revocations as table

GIVE_UP_FOR: Final = 0.2
"""Seconds for which a database that just failed is not asked again, so that nobody queues."""

WAIT_AT_MOST: Final = 3.0
"""Seconds that a request waits while another one asks the database."""


class SqlFeed:
    """Implements :class:`tigertally.core.ports.sessions.RevocationFeed` for one machine."""

    def __init__(
        self,
        engine: Engine,
        bell: DoorbellReader,
        clock: Clock,
        *,
        max_silence: float | None = None,
    ) -> None:
        self.engine = engine
        self._bell = bell
        self._clock = clock
        self._max_silence = max_silence
        self._revocations = Revocations()
        self._reading = threading.Lock()
        self._life: str | None = None
        self._asked_at = 0.0
        self._told = 0.0
        self._fails = False
        self._failed_at = float("-inf")

    @property
    def revocations(self) -> Revocations:
        """All known revocations."""
        return self._revocations

    def catch_up(self) -> None:
        """Return once all revocations answered before this call are known."""
        if not self._bell.rang(self._max_silence):
            return
        arrived_at = time.monotonic()
        # While the database fails, one request tries it again. The others do not wait, because a
        # worker has few threads.
        if not self._reading.acquire(timeout=0 if self._fails else WAIT_AT_MOST):
            raise VerifierUnavailable("the database does not answer")
        try:
            # A read by another thread serves us too, if it began after we arrived.
            if self._asked_at < arrived_at and self._bell.rang(self._max_silence):
                self._read_newer()
        finally:
            self._reading.release()

    def _read_newer(self) -> None:
        began_at = time.monotonic()
        if began_at - self._failed_at < GIVE_UP_FOR:
            raise VerifierUnavailable("the database failed a moment ago")
        # This order must hold: the words first, then the rows. A change that begins in between is
        # perhaps read now, and certainly next time.
        words = self._bell.listen()
        try:
            with self.engine.connect() as connection:
                self._take_in(connection, anew=self._bell.restarted(words))
        except (SQLAlchemyError, StoreUnavailable) as error:
            self._fails, self._failed_at = True, time.monotonic()
            # Not the text of the others: it has the statement.
            cause = str(error) if isinstance(error, StoreUnavailable) else type(error).__name__
            raise VerifierUnavailable(cause) from None
        self._fails = False
        self._bell.answer(words)
        self._asked_at = began_at

    def _take_in(self, connection: Connection, *, anew: bool) -> None:
        known, now = self._revocations, self._clock.now()
        # The clock was set back: entries that were dropped as expired matter again.
        anew = anew or now.timestamp() < self._told - CLOCK_STEP
        self._told = now.timestamp()
        newest = known.newest if not anew else None
        if newest is not None and newest.forget_at <= now.timestamp():
            newest = None
        # Read the last known entry again. If it differs, the database was restored or replaced, and
        # what we know is no longer valid. If all known entries may have been deleted by now, there
        # is nothing to compare. Newer entries, such as a change of keys, may be deleted too.
        since = newest.position - 1 if newest is not None else 0
        head, entries = read_feed(connection, since, now)
        if newest is None:
            anew = anew or head.position != known.position or bool(entries)
        elif head.position < known.position or newest not in entries[:1] or self._moved(head):
            anew = True
            head, entries = read_feed(connection, 0, now)
        anew = anew or self._moved(head)
        if anew:
            known.start_anew(entries, now.timestamp())
            known.position = head.position
        else:
            known.take_in(entries[1:], now.timestamp())
            known.position = max(known.position, head.position)
        self._life = head.life

    def _moved(self, head: Head) -> bool:
        """Return whether another server answers than last time, or the same one was restarted.

        It may lack entries that the other one had, before our last entry as well as after it.
        """
        return self._life is not None and head.life != self._life

    def after_fork(self) -> None:
        """Reset the lock in a forked child, where a reading thread does not exist."""
        self.engine.dispose(close=False)
        self._reading = threading.Lock()


def read_feed(
    connection: Connection, position: int, now: datetime
) -> tuple[Head, list[Revocation]]:
    """Return the feed head, and the entries after a position that have not expired.

    Raises ReadOnlyServer if the answering server may lag behind.
    """
    return read_rows(connection, and_(table.c.position > position, table.c.forget_at > now))


def read_rows(connection: Connection, wanted: ColumnElement[bool]) -> tuple[Head, list[Revocation]]:
    """Return the feed head, and the entries that are wanted. Raises ReadOnlyServer."""
    rows = connection.execute(
        select(feed_head.c.position.label("head"), STANDING.label("standing"), table)
        .select_from(feed_head.outerjoin(table, wanted))
        .order_by(table.c.position)
    ).all()
    if not rows:
        raise VerifierUnavailable("the feed has no head: run `tigertally db upgrade`")
    try:
        entries = [_entry(row) for row in rows if row.position is not None]
    except ValueError:
        # Nothing may pass meanwhile: it could be the end of the very session.
        raise StoreUnavailable(
            "a newer version of Tiger Tally wrote to the feed", remedy="upgrade this process, too"
        ) from None
    return Head.believed(position=rows[0].head, standing=rows[0].standing), entries


def _entry(row: Row[Any]) -> Revocation:
    return Revocation(
        row.position,
        row.session_id,
        EndReason(row.reason) if row.reason else None,
        row.forget_at.timestamp(),
        row.proof,
        _kind(row),
        row.user_id,
        row.number,
    )


def _kind(row: Row[Any]) -> Kind:
    """Return the kind of an entry, also of one that the version before wrote."""
    if row.kind is not None:
        return Kind(row.kind)
    if row.session_id is None:
        return Kind.KEYS
    return Kind.ENDED if row.reason else Kind.PROVED
