"""The revocation feed over one SQLite database: rows in a table, and a bell that says when to read.

On the request path :meth:`DoorbellFeed.catch_up` compares two words in shared memory. Only where
they changed are newer rows read, by one thread of the process while the others wait for it: they
must not go on with what is known to be out of date.
"""

import threading

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from tigertally.clock import Clock
from tigertally.core.revocation import Revocation, Revocations
from tigertally.core.sessions import EndReason
from tigertally.errors import VerifierUnavailable
from tigertally.storage.doorbell import DoorbellReader
from tigertally.storage.sql.tables import revocations as table


class DoorbellFeed:
    """Implements :class:`tigertally.core.ports.RevocationFeed` for the processes of one machine."""

    def __init__(self, engine: Engine, bell: DoorbellReader, clock: Clock) -> None:
        self._engine = engine
        self._bell = bell
        self._clock = clock
        self._revocations = Revocations()
        self._reading = threading.Lock()

    @property
    def revocations(self) -> Revocations:
        """What is known."""
        return self._revocations

    def catch_up(self) -> None:
        """Return once everything acknowledged before this call is known."""
        if not self._bell.rang():
            return
        with self._reading:
            if self._bell.rang():
                self._read_newer()

    def _read_newer(self) -> None:
        # The order is the promise: the words first, then the rows. A change that begins in between
        # is perhaps read now, and certainly next time.
        words = self._bell.listen()
        if self._bell.restarted(words):
            self._revocations.forget_all()
        now = self._clock.now()
        query = (
            select(table)
            .where(table.c.position > self._revocations.position, table.c.forget_at > now)
            .order_by(table.c.position)
        )
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
        except SQLAlchemyError as error:
            raise VerifierUnavailable(type(error).__name__) from None
        entries = [
            Revocation(
                row.position,
                row.session_id,
                EndReason(row.reason) if row.reason else None,
                row.forget_at.timestamp(),
            )
            for row in rows
        ]
        self._revocations.take_in(entries, now.timestamp())
        self._bell.answer(words)
