"""The promises of the refresh, in random lives: over the rules alone, and over a real database.

Nobody honest is signed out; a thief of a bound session is found by its owner's next refresh; what
ended stays ended; and of one generation there is one refresh token. ``STATEFUL_LIVES=5000`` in the
environment makes as many lives, each longer, for whoever changed a rule.
"""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.conftest import Compose
from tests.stateful.lives import Lives
from tests.stateful.pure_world import PureWorld
from tests.stateful.sql_world import SqlWorld
from tests.stateful.worlds import World

from tigertally.testing import MovableClock

DEEP = int(os.environ.get("STATEFUL_LIVES", "0"))


def live(world: Callable[[], World], *, lives: int) -> None:
    def begin() -> Lives:
        return Lives(world())

    run_state_machine_as_test(
        begin,  # type: ignore[arg-type]  # any maker of machines will do
        settings=settings(
            max_examples=DEEP or lives,
            stateful_step_count=120 if DEEP else 60,
            deadline=None,
            # The same lives each time, and others for whoever asks for many.
            derandomize=not DEEP,
            suppress_health_check=list(HealthCheck),
            # What a life shows is explained by the life itself.
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
        ),
    )


@pytest.mark.timeout(0 if DEEP else 1200)
def test_the_promises_hold_for_the_rules_alone() -> None:
    """``core.refresh`` and nothing around it: many lives."""
    live(PureWorld, lives=300)


@pytest.mark.timeout(0 if DEEP else 1200)
def test_the_promises_hold_for_the_flows_over_a_database(
    compose_with: Compose, clock: MovableClock
) -> None:
    """The same lives through the store's guarded UPDATE, the feed and the verifier."""
    world = SqlWorld(compose_with(rate_limits="off"), clock)
    live(lambda: world, lives=40)
