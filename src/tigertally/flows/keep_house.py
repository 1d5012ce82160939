"""Scheduled cleanup in the background: write last-seen notes, delete expired rows.

It never decides whether anything is valid: that is always a comparison with the present time.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from tigertally.core.challenges import KEPT as CHALLENGES_KEPT
from tigertally.core.events import Event, EventName
from tigertally.core.files import Rendition
from tigertally.core.presence import Presence
from tigertally.errors import StoreUnavailable
from tigertally.flows.context import Context
from tigertally.flows.steps.scrub_accounts import scrub_accounts

BATCH: Final = 500
"""Rows per transaction: few enough that nobody has to wait."""

SESSIONS_KEPT: Final = timedelta(days=30)
"""How long after its absolute deadline a session row is kept, to tell why it ended."""


REVOCATIONS_KEPT: Final = timedelta(days=1)
"""How long feed entries are kept after their use: a clock may be wrong by so much."""

MESSAGES_KEPT: Final = timedelta(days=1)
"""How long the row of a message is kept after it was sent, without what it said."""

COUNTED_AT_ONCE: Final = 10
"""Batches of events that are counted before the other work goes on."""

ORPHANS_KEPT: Final = timedelta(hours=1)
"""Minimum age of bytes without a row: an upload under way has no row yet."""


@dataclass(frozen=True, slots=True)
class KeepHouse:
    """The journeys that run by themselves."""

    context: Context
    presence: Presence

    def write_presence(self) -> int:
        """Write the sightings since the last call. Return how many."""
        sightings = self.presence.drain()
        for start in range(0, len(sightings), BATCH):
            with self.context.store.writing() as tx:
                tx.sessions.confirm(sightings[start : start + BATCH])
        if services := self.presence.drain_services():
            with self.context.store.writing() as tx:
                tx.services.saw(services)
        return len(sightings)

    def end_lockouts(self) -> None:
        """Log the locks that ended since the last call. Do nothing while the store is down."""
        with suppress(StoreUnavailable):
            self._end_lockouts(self.context.clock.now())

    def _end_lockouts(self, now: datetime) -> None:
        with self.context.store.reading() as tx:
            if not tx.lockouts.any_over(now):
                return
        with self.context.store.writing() as tx:
            # An account and its network are locked at once, and logged once.
            for user_id, until in dict.fromkeys(tx.lockouts.take_over(now, BATCH)):
                ended = EventName.SYSTEM_LOCKOUT_ENDED
                tx.events.append(Event(name=ended, at=until, user_id=user_id))

    def count(self) -> None:
        """Count what happened since the last call, for the overview of administrators.

        Not in the transactions of those who sign in: all of them would wait for the same rows.
        """
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            if not tx.statistics.is_behind(now):
                return
        for _ in range(COUNTED_AT_ONCE):
            with self.context.store.writing() as tx:
                if not tx.statistics.count(now, BATCH):
                    return

    def purge(self) -> None:
        """Delete old revocations, sessions, events, codes and messages, and deleted accounts."""
        now = self.context.clock.now()
        self.context.throttle.purge(now)
        self._purge_rows(now)
        self._purge_files(now)
        self._sweep_orphans(now)
        self._measure_thumbnails()

    def _purge_rows(self, now: datetime) -> None:
        with self.context.store.writing() as tx:
            tx.sessions.forget_revocations(now - REVOCATIONS_KEPT)
            tx.events.purge_folds(now)
            tx.statistics.purge(now)
        while True:
            with self.context.store.writing() as tx:
                scrubbed = scrub_accounts(tx, now, limit=BATCH)
                sessions = tx.sessions.purge(now - SESSIONS_KEPT, BATCH)
                events = tx.events.purge(now - self.context.rules.events_kept, BATCH)
                codes = tx.sign_in_codes.purge(now, BATCH)
                challenges = tx.challenges.purge(now - CHALLENGES_KEPT, BATCH)
                messages = tx.messages.purge(now - MESSAGES_KEPT, BATCH)
            rows = (len(scrubbed), sessions, events, codes, challenges, messages)
            if max(rows) < BATCH:
                return

    def _purge_files(self, now: datetime) -> None:
        while True:
            with self.context.store.writing() as tx:
                purged = tx.files.purge(now, BATCH)
            self.context.blobs.remove(purged)
            if len(purged) < BATCH:
                return

    def _sweep_orphans(self, now: datetime) -> None:
        written = self.context.blobs.written_before(now - ORPHANS_KEPT)
        while batch := set(islice(written, BATCH)):
            with self.context.store.reading() as tx:
                known = tx.files.known(batch)
            self.context.blobs.remove(batch - known)

    def _measure_thumbnails(self) -> None:
        """Fill in values that rows of an older version lack, so that they count for the quota."""
        while True:
            with self.context.store.reading() as tx:
                unmeasured = tx.files.unmeasured(BATCH)
            found = {
                file_id: self.context.blobs.read(file_id, Rendition.THUMB, start=0, length=1)
                for file_id in unmeasured
            }
            with self.context.store.writing() as tx:
                for file_id, piece in found.items():
                    tx.files.measure(file_id, piece.total if piece is not None else 0)
            if len(unmeasured) < BATCH:
                return
