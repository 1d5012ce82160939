"""The transactional outbox: writes revocations last, and rings the doorbell after the commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from tigertally.core.sessions import Session
from tigertally.errors import StoreUnavailable
from tigertally.storage.doorbell.page import Doorbell
from tigertally.storage.doorbell.reader import DoorbellReader
from tigertally.storage.sql.compiled import ADD_REVOCATION, ADVANCE_HEAD, HEAD
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import DriverCursor

FORGET_MARGIN: Final = timedelta(minutes=10)
"""How much longer than an access token an entry is kept, because clocks disagree."""


class Outbox:
    """Adds revocations to the feed as the last act of a transaction, and rings for them."""

    def __init__(
        self, connection: Connection, dialect: Dialect, bell: DoorbellReader, keep: timedelta
    ) -> None:
        self.cursor: DriverCursor = DriverCursor(connection, dialect)
        """The transaction's cursor for compiled statements."""
        self._connection = connection
        self._dialect = dialect
        self._bell = bell
        self._keep = keep
        self._rows: list[tuple[str | None, str | None, int | None, datetime]] = []
        self._page: Doorbell | None = None
        self._ticket: int | None = None
        self.last: int | None = None
        """The position of the last entry, once flushed."""
        self.ends_sessions: bool = False

    def revoke(self, ended: Sequence[Session], now: datetime) -> None:
        """Add the revocation of each session."""
        self._rows += [
            (session.id, session.ending.reason.value, None, now)
            for session in ended
            if session.ending
        ]
        self.ends_sessions = self.ends_sessions or bool(ended)

    def outdate(self, session: Session, now: datetime) -> None:
        """Add an entry that makes access tokens below the session's proof number invalid."""
        self._rows.append((session.id, None, session.proof, now))

    def announce_keys(self, now: datetime) -> None:
        """Add a change of the signing keys."""
        self._rows.append((None, None, None, now))

    def flush(self) -> None:
        """Write the entries. Call it last: it locks the feed head until the commit.

        If it were locked earlier, two transactions could each wait for the other: one for a row,
        the other for the head.
        """
        if not self._rows:
            return
        self._page = self._bell.to_ring()
        if self._page is not None and not self._dialect.networked:
            self._ticket = self._page.take_ticket()
        advance = {"more": len(self._rows)}
        head = self.cursor.changed_row(ADVANCE_HEAD, advance, read=HEAD, by={})
        if head is None:
            raise database_closed()
        last, stored = head
        self.last = last
        # Another process may issue tokens that live longer than ours.
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
        self.cursor.add(ADD_REVOCATION, numbered)
        self._dialect.notify(self._connection, last)

    def close(self) -> None:
        """Ring after the commit or rollback, and before the answer."""
        if self.last is None:
            return
        if self._page is not None:
            if self._ticket is not None:
                self._page.mark_done(self._ticket)
            else:
                self._page.ring()
        self._bell.settle(self._page)


def database_closed() -> StoreUnavailable:
    """Return the error for a database without a feed head: nothing can end a session in it."""
    return StoreUnavailable(
        "the database was closed: `tigertally db copy` moved it",
        remedy="set TALLY_DATABASE_URL to the copy; `tigertally db upgrade` opens this one again",
    )
