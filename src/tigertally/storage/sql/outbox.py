"""What a transaction tells the feed: written as its last act, and rung for when it is committed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update

from tigertally.core.sessions import Session
from tigertally.storage.doorbell.page import Doorbell
from tigertally.storage.doorbell.reader import DoorbellReader
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import feed_head, meta, revocations

FORGET_MARGIN: Final = timedelta(minutes=10)
"""Kept in the feed this much longer than an access token lives, for clocks that disagree."""

LONGEST_TTL: Final = select(meta.c.value).where(meta.c.name == "access_ttl")
"""The longest life that access tokens were ever given, in seconds."""


class Outbox:
    """Enters what ended into the feed as the last act of a transaction, and rings for it."""

    def __init__(
        self, connection: Connection, dialect: Dialect, bell: DoorbellReader, keep: timedelta
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._bell = bell
        self._keep = keep
        self._rows: list[tuple[str | None, str | None, int | None, datetime]] = []
        self._page: Doorbell | None = None
        self._ticket: int | None = None
        self.last: int | None = None
        """The position of the last entry, once flushed."""
        self.ends_sessions = False

    def revoke(self, ended: Sequence[Session], now: datetime) -> None:
        """Enter sessions that ended."""
        self._rows += [
            (session.id, session.ending.reason.value, None, now)
            for session in ended
            if session.ending
        ]
        self.ends_sessions = self.ends_sessions or bool(ended)

    def outdate(self, session: Session, now: datetime) -> None:
        """Enter that access tokens below the session's proof are good no longer."""
        self._rows.append((session.id, None, session.proof, now))

    def announce_keys(self, now: datetime) -> None:
        """Enter a change of the signing keys."""
        self._rows.append((None, None, None, now))

    def flush(self) -> None:
        """Write the entries. Call it last: the head of the feed is held from here to the commit.

        Held earlier, a transaction that still wants rows of another, which waits for the head,
        would lock both for ever.
        """
        if not self._rows:
            return
        self._page = self._bell.to_ring()
        if self._page is not None and not self._dialect.networked:
            self._ticket = self._page.take_ticket()
        head, longest = feed_head.c.position, LONGEST_TTL.scalar_subquery()
        self._connection.execute(update(feed_head).values(position=head + len(self._rows)))
        last, stored = self._connection.execute(select(head, longest)).one()
        self.last = last
        # Another process may mint tokens that live longer than ours.
        keep = max(self._keep, timedelta(seconds=int(stored or 0)) + FORGET_MARGIN)
        numbered = [
            {
                "position": position,
                "session_id": session_id,
                "reason": reason,
                "proof": proof,
                "forget_at": now + keep,
            }
            for position, (session_id, reason, proof, now) in enumerate(
                self._rows, last - len(self._rows) + 1
            )
        ]
        self._connection.execute(insert(revocations), numbered)
        self._dialect.notify(self._connection, last)

    def close(self) -> None:
        """Ring, once the transaction is committed or undone, and before anybody is answered."""
        if self.last is None:
            return
        if self._page is not None:
            if self._ticket is not None:
                self._page.mark_done(self._ticket)
            else:
                self._page.ring()
        self._bell.settle(self._page)
