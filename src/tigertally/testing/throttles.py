"""What every throttle must keep, as tests: subclass :class:`ThrottleConformance` for one of yours.

pytest collects the subclass; it is handed two fixtures of yours, ``open_throttle`` and ``clock``::

    class TestMyThrottle(ThrottleConformance):
        @pytest.fixture
        def open_throttle(self):
            storage = make_an_empty_storage()
            yield lambda limits: MyThrottle(storage, limits)

Each call of ``open_throttle`` opens the same storage once more, as another process would.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from tigertally.core.identifiers import new_id
from tigertally.core.ports.limits import Throttle
from tigertally.core.throttle import (
    LEASE,
    Act,
    Attempt,
    Busy,
    Limit,
    Locked,
    Reserved,
    Subject,
    source_of,
)
from tigertally.testing.clock import MovableClock

OpenThrottle = Callable[[Mapping[Act, Limit]], Throttle]

TIMES: Final = 5
SECONDS: Final = 600
LIMITS: Final = {act: Limit(TIMES, SECONDS) for act in Act}

ACCOUNT: Final = Subject(Act.PASSWORD_FOR_ACCOUNT, "account")
ADDRESS: Final = Subject(Act.PASSWORD_FROM_ADDRESS, "192.0.2.1")
HERE: Final = source_of("192.0.2.1")
ELSEWHERE: Final = source_of("192.0.2.2")


def guess(*subjects: Subject, source: str = HERE) -> Attempt:
    """Return a new attempt, by default at the account."""
    return Attempt(new_id(), subjects or (ACCOUNT,), source)


class ThrottleConformance:
    """The suite."""

    def test_no_more_attempts_have_a_slot_than_may_fail(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Also at two processes; and no place gets lost in the race."""
        throttles = [open_throttle(LIMITS) for _ in range(2)]
        attempts = [guess(ACCOUNT, ADDRESS) for _ in range(24)]
        ready = threading.Barrier(len(attempts))

        def reserve(number: int) -> bool:
            ready.wait()
            admission = throttles[number % 2].reserve(attempts[number], clock.now())
            return isinstance(admission, Reserved)

        with ThreadPoolExecutor(len(attempts)) as pool:
            placed = [*pool.map(reserve, range(len(attempts)))]
        assert sum(placed) <= TIMES
        # Some attempts that raced may have got no slot, but no slot is lost.
        more = [guess(ACCOUNT, ADDRESS) for _ in range(TIMES)]
        again = [throttles[0].reserve(one, clock.now()) for one in more]
        assert sum(placed) + sum(isinstance(one, Reserved) for one in again) == TIMES

    def test_as_many_failures_as_allowed_lock_and_their_time_opens(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """The lock lasts from the last failure."""
        throttle = open_throttle(LIMITS)
        locked = []
        for _ in range(TIMES):
            clock.move(seconds=60)
            one = guess(ACCOUNT, ADDRESS)
            assert throttle.reserve(one, clock.now()) == Reserved()
            locked.append(throttle.fail(one, clock.now()))
        until = clock.now() + timedelta(seconds=SECONDS)
        assert locked == [{}] * (TIMES - 1) + [{ACCOUNT: until, ADDRESS: until}]
        assert throttle.reserve(guess(), clock.now()) == Locked(SECONDS)
        clock.move(seconds=SECONDS - 1)
        assert throttle.reserve(guess(), clock.now()) == Locked(1)
        clock.move(seconds=1)
        assert throttle.reserve(guess(), clock.now()) == Reserved()

    def test_in_no_stretch_of_that_time_do_more_fail(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Each failure counts for its own time. It does not start a new window."""
        throttle = open_throttle(LIMITS)
        for pause in (0, SECONDS - 2, 1):
            clock.move(seconds=pause)
            one = guess()
            assert throttle.reserve(one, clock.now()) == Reserved()
            throttle.fail(one, clock.now())
        # The first is over, the two others still count: the window did not restart.
        clock.move(seconds=2)
        outcomes = []
        for _ in range(TIMES):
            one = guess()
            outcomes.append(throttle.reserve(one, clock.now()))
            throttle.fail(one, clock.now())
        assert outcomes[:3] == [Reserved()] * 3
        assert not [one for one in outcomes[3:] if one == Reserved()]

    def test_a_right_attempt_gives_its_slot_back(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """As often as they like."""
        throttle = open_throttle(LIMITS)
        for _ in range(3 * TIMES):
            one = guess(ACCOUNT, ADDRESS)
            assert throttle.reserve(one, clock.now()) == Reserved()
            throttle.give_back(one, clock.now(), right=True)

    def test_a_waiting_attempt_learns_which_are_under_way(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """That tells whether it is worth waiting on."""
        throttle = open_throttle(LIMITS)
        attempts = [guess() for _ in range(TIMES)]
        for one in attempts:
            assert throttle.reserve(one, clock.now()) == Reserved()
        under_way = frozenset(one.id for one in attempts)
        assert throttle.reserve(guess(), clock.now()) == Busy(under_way)
        throttle.fail(attempts[0], clock.now())
        assert throttle.reserve(guess(), clock.now()) == Busy(under_way - {attempts[0].id})
        throttle.give_back(attempts[1], clock.now(), right=False)
        assert throttle.reserve(guess(), clock.now()) == Reserved()

    def test_the_right_secret_forgives_its_own_source_and_nobody_else(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Its owner's signing in must not help a guesser elsewhere."""
        throttle = open_throttle(LIMITS)
        for source in (HERE, HERE, ELSEWHERE, ELSEWHERE):
            self._fail(throttle, clock, guess(source=source))
        right = guess(source=HERE)
        assert throttle.reserve(right, clock.now()) == Reserved()
        throttle.give_back(right, clock.now(), right=True)
        for _ in range(TIMES - 2):
            self._fail(throttle, clock, guess(source=HERE))
        assert isinstance(throttle.reserve(guess(), clock.now()), Locked)

    def test_an_unknown_source_and_an_address_are_forgiven_nothing(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """An account of one's own must not clear an address."""
        for subject, source in ((ACCOUNT, ""), (ADDRESS, HERE)):
            throttle = open_throttle(LIMITS)
            for _ in range(TIMES - 1):
                self._fail(throttle, clock, guess(subject, source=source))
            right = guess(subject, source=source)
            assert throttle.reserve(right, clock.now()) == Reserved()
            throttle.give_back(right, clock.now(), right=True)
            self._fail(throttle, clock, guess(subject, source=source))
            assert isinstance(throttle.reserve(guess(subject), clock.now()), Locked)

    def test_a_right_guess_among_many_at_once_makes_no_room_for_wrong_ones(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Failures are forgiven only if the attempts came one after the other."""
        throttle = open_throttle(LIMITS)
        self._fail(throttle, clock, guess())
        wrong = [guess() for _ in range(TIMES - 2)]
        right = guess()
        for one in (*wrong[1:], right, wrong[0]):
            assert throttle.reserve(one, clock.now()) == Reserved()
        throttle.fail(wrong[0], clock.now())
        throttle.give_back(right, clock.now(), right=True)
        for one in (*wrong[1:], guess()):
            throttle.reserve(one, clock.now())
            throttle.fail(one, clock.now())
        assert isinstance(throttle.reserve(guess(), clock.now()), Locked)

    def test_an_attempt_has_all_its_places_or_none(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """An address that is locked costs no account a place."""
        throttle = open_throttle(LIMITS)
        for _ in range(TIMES):
            self._fail(throttle, clock, guess(ADDRESS))
        for _ in range(TIMES):
            assert isinstance(throttle.reserve(guess(ACCOUNT, ADDRESS), clock.now()), Locked)
        # None of them has taken a place at the account.
        for _ in range(TIMES):
            assert throttle.reserve(guess(ACCOUNT), clock.now()) == Reserved()

    def test_a_dead_process_keeps_no_slot_and_gives_no_guess_away(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Its attempts count as failures until their time is over."""
        throttle = open_throttle(LIMITS)
        for _ in range(TIMES):
            assert throttle.reserve(guess(), clock.now()) == Reserved()
        began = clock.now()
        clock.move(seconds=LEASE / 1000 - 1)
        assert isinstance(throttle.reserve(guess(), clock.now()), Busy)
        clock.move(seconds=1)
        assert isinstance(throttle.reserve(guess(), clock.now()), Locked)
        clock.move(seconds=SECONDS - 1 - (clock.now() - began).total_seconds())
        assert throttle.reserve(guess(), clock.now()) == Locked(1)
        clock.move(seconds=1)
        assert throttle.reserve(guess(), clock.now()) == Reserved()

    def test_a_late_right_attempt_still_counts_as_right(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Also when it counted as a failure meanwhile."""
        throttle = open_throttle(LIMITS)
        for _ in range(2 * TIMES):
            slow = guess()
            assert throttle.reserve(slow, clock.now()) == Reserved()
            clock.move(seconds=LEASE / 1000 + 1)
            throttle.give_back(slow, clock.now(), right=True)

    def test_a_failure_told_twice_counts_once(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """An answer of the storage may get lost."""
        throttle = open_throttle(LIMITS)
        one = guess()
        assert throttle.reserve(one, clock.now()) == Reserved()
        for _ in range(2 * TIMES):
            throttle.fail(one, clock.now())
        assert throttle.reserve(guess(), clock.now()) == Reserved()

    def test_a_lock_can_be_opened_at_all_processes(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """Also at those that remember it."""
        first, second = open_throttle(LIMITS), open_throttle(LIMITS)
        for _ in range(TIMES):
            self._fail(first, clock, guess())
        assert isinstance(second.reserve(guess(), clock.now()), Locked)
        clock.move(seconds=1)
        second.open(ACCOUNT, clock.now())
        for throttle in (first, second):
            one = guess()
            assert throttle.reserve(one, clock.now()) == Reserved()
            throttle.give_back(one, clock.now(), right=True)
        # It is counted from the beginning.
        for _ in range(TIMES):
            self._fail(first, clock, guess())
        assert isinstance(second.reserve(guess(), clock.now()), Locked)

    def test_finished_entries_can_be_purged_and_the_rest_stays(
        self, open_throttle: OpenThrottle, clock: MovableClock
    ) -> None:
        """To the second."""
        throttle = open_throttle(LIMITS)
        for _ in range(TIMES):
            self._fail(throttle, clock, guess())
        clock.move(seconds=SECONDS - 1)
        throttle.purge(clock.now())
        assert throttle.reserve(guess(), clock.now()) == Locked(1)
        clock.move(seconds=2)
        throttle.purge(clock.now())
        assert throttle.reserve(guess(), clock.now()) == Reserved()

    def _fail(self, throttle: Throttle, clock: MovableClock, attempt: Attempt) -> None:
        assert throttle.reserve(attempt, clock.now()) == Reserved()
        throttle.fail(attempt, clock.now())
