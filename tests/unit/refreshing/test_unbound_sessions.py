"""The refresh decision for sessions without a nonce, and where rotation is left to the bound."""

from datetime import timedelta

import pytest
from tests.unit.refreshing.history import ANYBODY, AT_ONCE, INSTANT, LATE, ROTATED_AT, ask, unbound

from tigertally.core.refresh import (
    REPLAY_WINDOW,
    Keep,
    Over,
    Replay,
    Reused,
    Rotate,
    Rotation,
    Verdict,
)
from tigertally.core.sessions import Ending, EndReason


@ANYBODY
def test_an_unbound_session_rotates_and_ignores_nonces(sent: str | None) -> None:
    assert ask(unbound(3), 3, sent) == Rotate()


@ANYBODY
@pytest.mark.parametrize(
    ("confirmed", "after", "verdict"),
    [
        (False, timedelta(0), Replay()),
        (False, timedelta(days=3), Replay()),
        (True, REPLAY_WINDOW, Replay()),
        (True, REPLAY_WINDOW + INSTANT, Reused()),
    ],
)
def test_the_parent_of_an_unbound_session_may_ask_again_for_as_long(
    sent: str | None, confirmed: bool, after: timedelta, verdict: Verdict
) -> None:
    row = unbound(3, confirmed=confirmed)
    assert ask(row, 2, sent, now=ROTATED_AT + after) == verdict


@ANYBODY
@pytest.mark.parametrize("generation", [0, 1])
@pytest.mark.parametrize("confirmed", [False, True])
def test_an_older_token_of_an_unbound_session_is_reuse(
    sent: str | None, generation: int, confirmed: bool
) -> None:
    row = unbound(3, confirmed=confirmed)
    assert ask(row, generation, sent, now=ROTATED_AT) == Reused()


@ANYBODY
def test_with_rotation_bound_an_unbound_session_keeps_its_token(sent: str | None) -> None:
    """For front ends that send their first refresh token forever."""
    assert ask(unbound(0), 0, sent, rotation=Rotation.BOUND, now=LATE) == Keep()


def test_with_rotation_bound_a_token_from_before_the_setting_is_still_judged() -> None:
    """The setting may be changed while sessions live."""
    row = unbound(3, confirmed=True)
    assert ask(row, 3, None, rotation=Rotation.BOUND) == Keep()
    assert ask(row, 2, None, rotation=Rotation.BOUND) == Replay()
    assert ask(row, 2, None, rotation=Rotation.BOUND, now=LATE) == Reused()


def test_with_rotation_bound_an_ended_session_stays_ended() -> None:
    """As revocable as any."""
    ending = Ending(EndReason.REPLACED, AT_ONCE)
    verdict = ask(unbound(0).end(ending), 0, None, rotation=Rotation.BOUND, now=LATE)
    assert verdict == Over(ending)
