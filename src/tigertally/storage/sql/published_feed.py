"""The revocation log for other services: the database is asked for each question of theirs.

The doorbell page does not count here. Its lease may be as old as the service's own, which would
double the time that a sign-out takes to be heard.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import takewhile

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from tigertally.clock import Clock
from tigertally.core.ports.keys import KeySource
from tigertally.core.ports.sessions import FeedView
from tigertally.core.revocation import Revocation
from tigertally.errors import StoreUnavailable, VerifierUnavailable
from tigertally.storage.sql.feed import GIVE_UP_FOR, WAIT_AT_MOST, read_rows
from tigertally.storage.sql.head import Head
from tigertally.storage.sql.roles import permissions_by_role
from tigertally.storage.sql.services import service_of
from tigertally.storage.sql.tables import meta, services, signing_keys
from tigertally.storage.sql.tables import revocations as table


class SqlPublishedFeed:
    """Implements :class:`tigertally.core.ports.sessions.PublishedFeed` for one process."""

    def __init__(self, engine: Engine, clock: Clock, keys: KeySource) -> None:
        self.engine = engine
        self._clock = clock
        self._keys = keys
        self._stored_keys: Sequence[object] = ()
        self._looking = threading.Lock()
        self._view: FeedView | None = None
        self._looked_at = float("-inf")
        self._failed_at = float("-inf")

    def look(self) -> FeedView:
        """Return what the database holds. One look serves all callers who wait for it."""
        arrived_at = time.monotonic()
        if not self._looking.acquire(timeout=WAIT_AT_MOST):
            raise VerifierUnavailable("the database does not answer")
        try:
            # A look that began after we arrived serves us too; an earlier one may miss what a
            # caller of ours knows to be committed.
            if self._view is None or self._looked_at < arrived_at:
                self._look()
            return self._view  # type: ignore[return-value]
        finally:
            self._looking.release()

    def _look(self) -> None:
        began_at = time.monotonic()
        if began_at - self._failed_at < GIVE_UP_FOR:
            raise VerifierUnavailable("the database failed a moment ago")
        try:
            with self.engine.connect() as connection:
                view = self._read(connection)
                states = connection.execute(select(signing_keys.c.kid, signing_keys.c.state)).all()
            if self._view is None or sorted(states) != self._stored_keys:
                # Not what the rows say, but the keys that open: somebody may have written there.
                view = replace(view, key_set=self._keys.load_ring().jwks)
                self._stored_keys = sorted(states)
            self._view = view
        except (SQLAlchemyError, StoreUnavailable) as error:
            self._failed_at = time.monotonic()
            raise VerifierUnavailable(type(error).__name__) from None
        self._looked_at = began_at

    def _read(self, connection: Connection) -> FeedView:
        head, feed, entries = self._newest(connection, self._clock.now())
        known = self._view
        if known is not None and entries is known.entries:
            positions = known.positions
        else:
            positions = [one.position for one in entries]
        listed = select(services).where(services.c.ended_at.is_(None))
        found = map(service_of, connection.execute(listed).mappings())
        return FeedView(
            feed=feed,
            head=head.position,
            key_set=known.key_set if known is not None else {},
            roles=permissions_by_role(connection),
            entries=entries,
            positions=positions,
            services={one.id: one for one in found},
        )

    def _newest(
        self, connection: Connection, now: datetime
    ) -> tuple[Head, str, Sequence[Revocation]]:
        known = self._view
        last = known.entries[-1] if known is not None and known.entries else None
        if known is not None and last is not None and last.forget_at > now.timestamp():
            # The last known entry is read again. If it differs, this is another history.
            head, newer = read_rows(connection, table.c.position >= last.position)
            if known.feed == self._feed_id(connection, head.life) and newer[:1] == [last]:
                return head, known.feed, _grown(known.entries, newer[1:], now.timestamp())
        oldest = select(func.min(table.c.position)).where(table.c.forget_at > now)
        head, entries = read_rows(connection, table.c.position >= oldest.scalar_subquery())
        return head, self._feed_id(connection, head.life), entries

    def _feed_id(self, connection: Connection, life: str) -> str:
        """Return an id that changes with the database, and when its server starts again.

        A restored backup is another history under the same positions.
        """
        named = select(meta.c.value).where(meta.c.name == "database_id")
        database = connection.scalar(named)
        return sha256(f"{database}|{life}".encode()).hexdigest()[:22]

    def after_fork(self) -> None:
        """Reset the lock in a forked child, where a looking thread does not exist."""
        self._looking = threading.Lock()


def _grown(
    known: Sequence[Revocation], newer: Sequence[Revocation], now: float
) -> Sequence[Revocation]:
    """Return known entries and newer ones, without those at the front that no longer matter."""
    if not newer:
        # Most looks find nothing new, and a long list is not copied then.
        return known
    over = sum(1 for _ in takewhile(lambda entry: entry.forget_at <= now, known))
    return [*known[over:], *newer]
