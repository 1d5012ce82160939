"""The transactional outbox: writes revocations last, and rings the doorbell after the commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from tigertally.core.revocation import Kind
from tigertally.core.sessions import Session
from tigertally.errors import StoreUnavailable
from tigertally.storage.doorbell.page import Doorbell
from tigertally.storage.doorbell.reader import DoorbellReader
from tigertally.storage.sql.compiled import ADD_REVOCATION, ADVANCE_HEAD, HEAD
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.driver import DriverCursor

FORGET_MARGIN: Final = timedelta(minutes=10)
"""How much longer than an access token an entry is kept, because clocks disagree."""

_NOTHING: Final = dict.fromkeys(("session_id", "reason", "proof", "user_id", "number"))


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
        self._rows: list[dict[str, object]] = []
        self._page: Doorbell | None = None
        self._ticket: int | None = None
        self.last: int | None = None
        """The position of the last entry, once flushed."""
        self.withdraws: bool = False
        """Whether an entry takes something from somebody: then a strict sign-out waits."""

    def revoke(self, ended: Sequence[Session], now: datetime) -> None:
        """Add the revocation of each session."""
        for session in ended:
            if session.ending:
                reason = session.ending.reason.value
                self._add(Kind.ENDED, now, session_id=session.id, reason=reason)
        self.withdraws = self.withdraws or bool(ended)

    def outdate(self, session: Session, now: datetime) -> None:
        """Add an entry that makes access tokens below the session's proof number invalid."""
        self._add(Kind.PROVED, now, session_id=session.id, proof=session.proof)

    def announce_keys(self, now: datetime) -> None:
        """Add a change of the signing keys."""
        self._add(Kind.KEYS, now)

    def announce_roles(self, now: datetime) -> None:
        """Add a change of what roles give."""
        self._add(Kind.ROLES, now)

    def outdate_claims(self, user_id: str, version: int | None, now: datetime) -> None:
        """Add an entry that makes a user's access tokens below a claims version invalid.

        ``None``: below the entry's own position, for users without a row that counts.
        """
        self._add(Kind.USER, now, user_id=user_id, number=version)
        self.withdraws = True

    def outdate_all(self, second: int, now: datetime) -> None:
        """Add an entry that makes all access tokens issued before a second invalid."""
        self._add(Kind.ALL, now, number=second)
        self.withdraws = True

    def _add(self, kind: Kind, now: datetime, **columns: object) -> None:
        self._rows.append({**_NOTHING, **columns, "kind": kind.value, "forget_at": now})

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
        first = last - len(self._rows) + 1
        numbered: list[dict[str, Any]] = [
            {**row, "position": position} for position, row in enumerate(self._rows, first)
        ]
        for row in numbered:
            row["forget_at"] += keep
            if row["kind"] == Kind.USER and row["number"] is None:
                row["number"] = row["position"]
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
