"""Random lives of a throttle, held against a model: over Redis that answers, and that flips.

``STATEFUL_LIVES=5000`` in the environment makes as many lives.
"""

import os
from dataclasses import dataclass, replace
from typing import Final

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from tests.servers.redis import Redis

from tigertally.core.identifiers import new_id
from tigertally.core.throttle import LEASE, Act, Attempt, Busy, Limit, Locked, Reserved, Subject
from tigertally.storage.redis.attempts import RedisStates
from tigertally.storage.throttle import SharedThrottle
from tigertally.testing import MovableClock

TIMES: Final = 3
SECONDS: Final = 100
LIMITS: Final = {act: Limit(TIMES, SECONDS) for act in Act}
DEEP = int(os.environ.get("STATEFUL_LIVES", "0"))


@dataclass(frozen=True)
class Tried:
    """An attempt that got its place."""

    attempt: Attempt
    process: int
    reserved: int
    """The turn at which it got its place."""
    at: float
    failed: int | None = None
    """The turn at which it failed."""


class Model:
    """What must be known of one subject, in the plainest way."""

    def __init__(self) -> None:
        self.taken: list[Tried] = []
        self.locked_until = 0.0

    def look(self, now: float) -> None:
        """Let go of what is over, and lock what is due."""
        lease = LEASE / 1000
        self.taken = [
            one
            for one in self.taken
            if one.at + (SECONDS if one.failed else max(SECONDS, lease)) > now
        ]
        failed = [one for one in self.taken if one.failed or one.at + lease <= now]
        if self.locked_until <= now and len(failed) >= TIMES:
            self.locked_until = max(one.at for one in failed) + SECONDS
            self.taken = [one for one in self.taken if one not in failed]

    def expected(self, now: float) -> type:
        """Return what an attempt must be answered."""
        self.look(now)
        if self.locked_until > now:
            return Locked
        return Busy if len(self.taken) >= TIMES else Reserved

    def right(self, tried: Tried, *, forgives: bool) -> None:
        """Give a place back, and forgive who tried one after the other."""
        others = [one for one in self.taken if one.attempt != tried.attempt]
        known = len(others) < len(self.taken)
        at_once = any(one.failed is None or one.failed > tried.reserved for one in others)
        # Callers whose source is unknown may be anybody: none speaks for another.
        if known and forgives and tried.attempt.source and not at_once:
            others = [one for one in others if one.attempt.source != tried.attempt.source]
        self.taken = others


class Lives(RuleBasedStateMachine):
    """Some processes over one Redis, and people who guess."""

    server: Redis
    processes = 2
    flips = False

    def __init__(self) -> None:
        super().__init__()
        self._client = redis.Redis(port=self.server.port)
        self._client.flushall()
        self._refuse(False)
        self.clock = MovableClock()
        self.throttles = [self._open() for _ in range(self.processes)]
        self.models: dict[Subject, Model] = {}
        self.under_way: list[Tried] = []
        self.turn = 0

    def _open(self) -> SharedThrottle:
        return SharedThrottle(RedisStates(self.server.url()), LIMITS, rest=0)

    def _refuse(self, refuses: bool) -> None:
        self._client.config_set("min-replicas-to-write", int(refuses))

    def teardown(self) -> None:
        self._refuse(False)
        self._client.close()

    @rule(
        process=st.integers(0, 1),
        account=st.sampled_from(["ada", "bo"]),
        source=st.sampled_from(["", "here", "there"]),
    )
    def reserve(self, process: int, account: str, source: str) -> None:
        """Try."""
        process %= self.processes
        address = Subject(Act.PASSWORD_FROM_ADDRESS, source)
        subjects = (Subject(Act.PASSWORD_FOR_ACCOUNT, account),) + ((address,) if source else ())
        attempt = Attempt(new_id(), subjects, source)
        now = self.clock.unix()
        models = [self.models.setdefault(one, Model()) for one in subjects]
        expected = {model.expected(now) for model in models}
        strictest = next(one for one in (Locked, Busy, Reserved) if one in expected)
        admission = self.throttles[process].reserve(attempt, self.clock.now())
        assert type(admission) is strictest
        if admission == Reserved():
            self.turn += 1
            tried = Tried(attempt, process, self.turn, now)
            self.under_way.append(tried)
            for model in models:
                model.taken.append(tried)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), outcome=st.sampled_from(["wrong", "right", "neither", "dead"]))
    def finish(self, data: st.DataObject, outcome: str) -> None:
        """Come to an end."""
        tried = data.draw(st.sampled_from(self.under_way))
        self.under_way.remove(tried)
        if outcome == "dead":
            return
        throttle, now = self.throttles[tried.process], self.clock.now()
        self.turn += 1
        for subject in tried.attempt.subjects:
            model = self.models[subject]
            model.look(self.clock.unix())
            if outcome == "wrong":
                failed = replace(tried, failed=self.turn, at=self.clock.unix())
                others = [one for one in model.taken if one.attempt != tried.attempt]
                model.taken = [*others, failed]
                model.look(self.clock.unix())
            else:
                model.right(tried, forgives=subject.act.forgives and outcome == "right")
        if outcome == "wrong":
            throttle.fail(tried.attempt, now)
        else:
            throttle.give_back(tried.attempt, now, right=outcome == "right")

    @rule(seconds=st.sampled_from([1, 10, 29, 30, 31, 50, 99, 100, 101]))
    def move(self, seconds: int) -> None:
        """Let time go by."""
        self.clock.move(seconds=seconds)

    @precondition(lambda self: not self.flips)
    @rule(process=st.integers(0, 1))
    def restart(self, process: int) -> None:
        """Begin again without any memory."""
        self.throttles[process % self.processes] = self._open()

    @precondition(lambda self: self.flips)
    @rule(refuses=st.booleans())
    def flip(self, refuses: bool) -> None:
        """Let Redis read and refuse to write, or answer again."""
        self._refuse(refuses)

    @rule(account=st.sampled_from(["ada", "bo"]), process=st.integers(0, 1))
    def open_lock(self, account: str, process: int) -> None:
        """Open an account."""
        subject = Subject(Act.PASSWORD_FOR_ACCOUNT, account)
        model = self.models.setdefault(subject, Model())
        model.look(self.clock.unix())
        self.throttles[process % self.processes].open(subject, self.clock.now())
        model.locked_until = 0.0
        lease = LEASE / 1000
        model.taken = [
            one for one in model.taken if not one.failed and one.at + lease > self.clock.unix()
        ]


def live(machine: type[Lives], *, lives: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=DEEP or lives,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
        ),
    )


@pytest.mark.timeout(0 if DEEP else 300)
def test_two_processes_admit_what_the_model_admits(redis_server: Redis) -> None:
    class Together(Lives):
        server = redis_server

    live(Together, lives=50)


@pytest.mark.timeout(0 if DEEP else 300)
def test_a_process_admits_the_same_while_its_redis_flips_between_counting_and_refusing(
    redis_server: Redis,
) -> None:
    class Alone(Lives):
        server = redis_server
        processes = 1
        flips = True

    live(Alone, lives=50)
