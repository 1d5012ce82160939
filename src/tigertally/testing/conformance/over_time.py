"""Deadlines, and what the feed knows of what ended."""

import threading
from datetime import timedelta

from tigertally.core.presence import Presence
from tigertally.core.sessions import EndReason
from tigertally.flows.keep_house import KeepHouse
from tigertally.testing.clock import MovableClock
from tigertally.testing.conformance.tools import (
    TIMES,
    OpenStore,
    journeys,
    refresh,
    refusal_of,
    register,
    sign_in,
    sign_out,
    together,
)


class OverTime:
    """Deadlines, and what the feed knows of what ended."""

    def test_deadlines_count_to_the_microsecond(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A session lives one microsecond before its deadline, and not at it."""
        context = journeys(open_store(), clock)
        register(context)
        tick = timedelta(microseconds=1).total_seconds()
        tally = sign_in(context)
        clock.move(seconds=TIMES.idle_ttl.total_seconds() - tick)
        with context.store.reading() as tx:
            assert tx.sessions.live(tally.user.id, clock.now())
        clock.move(seconds=tick)
        with context.store.reading() as tx:
            assert not tx.sessions.live(tally.user.id, clock.now())
        assert refusal_of(context, tally) is EndReason.IDLE

    def test_the_hard_deadline_is_never_moved(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Refreshing slides the idle deadline, and never past the hard one."""
        context = journeys(open_store(), clock)
        register(context)
        started, tally = clock.now(), sign_in(context)
        for _ in range(5):
            clock.move(days=6)
            if clock.now() < started + TIMES.absolute_ttl:
                tally = refresh(context, tally)
        assert tally.session.idle_expires_at == started + TIMES.absolute_ttl
        assert refusal_of(context, tally) is EndReason.EXPIRED

    def test_an_acknowledged_end_is_seen_by_the_next_look(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Eight writers, two readers of other processes, and nothing is ever missed."""
        writers = [journeys(open_store(), clock) for _ in range(2)]
        register(writers[0])
        tallies = [[sign_in(writers[0]) for _ in range(15)] for _ in range(8)]
        acknowledged: list[str] = []
        missed: list[str] = []
        over = threading.Event()

        def read() -> None:
            feed = open_store().feed()
            while True:
                last_look = over.is_set()
                known = tuple(acknowledged)
                feed.catch_up()
                missed.extend(one for one in known if feed.revocations.reason(one) is None)
                if last_look:
                    return

        def write(index: int) -> None:
            for tally in tallies[index]:
                sign_out(writers[index % 2], tally)
                acknowledged.append(tally.session.id)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        together(8, write)
        over.set()
        for reader in readers:
            reader.join(timeout=30)
        assert not missed
        assert len(acknowledged) == 8 * 15

    def test_the_feed_keeps_what_ended_for_as_long_as_an_access_token_lives(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A process that starts late learns all that still matters."""
        context = journeys(open_store(), clock)
        register(context)
        tally = sign_in(context)
        sign_out(context, tally)
        clock.move(minutes=15)
        KeepHouse(context, Presence()).purge()
        feed = open_store().feed()
        feed.catch_up()
        assert feed.revocations.reason(tally.session.id) is EndReason.LOGGED_OUT

    def test_a_clock_that_was_ahead_for_a_while_brings_nobody_back(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """What was forgotten in time, and purged, matters again when that time comes back."""
        context = journeys(open_store(), clock)
        register(context)
        first, second, third = (sign_in(context) for _ in range(3))
        feed = open_store().feed()
        sign_out(context, first)
        feed.catch_up()
        clock.move(hours=2)
        sign_out(context, second)
        KeepHouse(context, Presence()).purge()
        feed.catch_up()
        assert feed.revocations.reason(first.session.id) is None
        clock.move(hours=-2)
        sign_out(context, third)
        late = open_store().feed()
        for one in (feed, late):
            one.catch_up()
            assert one.revocations.reason(first.session.id) is EndReason.LOGGED_OUT

    def test_machines_whose_clocks_disagree_by_minutes_keep_each_others_endings(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """For as long as an access token can be in time by the faster clock."""
        context = journeys(open_store(), clock)
        slow = MovableClock(clock.now() - timedelta(minutes=9))
        register(context)
        tally = sign_in(context)
        sign_out(journeys(open_store(), slow), tally)
        clock.move(minutes=15)
        feed = open_store().feed()
        feed.catch_up()
        assert feed.revocations.reason(tally.session.id) is EndReason.LOGGED_OUT
