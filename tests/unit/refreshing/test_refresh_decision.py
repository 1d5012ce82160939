"""The refresh decision, row by row as the table of the protocol has it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.refreshing.history import (
    ANYBODY,
    AT_ONCE,
    EVERY_ROW,
    INSTANT,
    LATE,
    ROTATED_AT,
    STRANGER,
    ask,
    bound,
    nonce,
    token,
    unbound,
)

from tigertally.core.refresh import (
    REPLAY_WINDOW,
    RING_ENTRY,
    RING_SIZE,
    Over,
    Presented,
    Replay,
    Reused,
    Rotate,
    Rotation,
    Stale,
    Unknown,
    Verdict,
    decide,
)
from tigertally.core.sessions import Ending, EndReason, Session
from tigertally.testing.samples import TIMES


@EVERY_ROW
@ANYBODY
@pytest.mark.parametrize("generation", [0, 2, 3, 4])
def test_an_ended_session_says_how_it_ended_whatever_is_presented(
    row: Session, sent: str | None, generation: int
) -> None:
    """The first line of the table: also to a token that is ahead, also without a nonce."""
    ending = Ending(EndReason.KICKED, AT_ONCE)
    assert ask(row.end(ending), generation, sent, now=LATE) == Over(ending)


@EVERY_ROW
def test_the_hard_deadline_ends_a_session_at_that_very_instant(row: Session) -> None:
    deadline = ROTATED_AT + timedelta(seconds=5)
    row = replace(row, absolute_expires_at=deadline)
    assert ask(row, 3, nonce(3), now=deadline - INSTANT) == Rotate()
    assert ask(row, 3, nonce(3), now=deadline) == Over(Ending(EndReason.EXPIRED, deadline))


@EVERY_ROW
def test_the_idle_deadline_ends_a_session_at_that_very_instant(row: Session) -> None:
    deadline = ROTATED_AT + TIMES.idle_ttl
    assert ask(row, 3, nonce(3), now=deadline - INSTANT) == Rotate()
    assert ask(row, 3, nonce(3), now=deadline) == Over(Ending(EndReason.IDLE, deadline))


@EVERY_ROW
def test_the_earlier_of_two_passed_deadlines_is_named(row: Session) -> None:
    ending = Ending(EndReason.IDLE, row.idle_expires_at)
    assert ask(row, 3, nonce(3), now=row.absolute_expires_at) == Over(ending)
    row = replace(row, absolute_expires_at=row.idle_expires_at)
    ending = Ending(EndReason.EXPIRED, row.idle_expires_at)
    assert ask(row, 3, nonce(3), now=row.idle_expires_at) == Over(ending)


@ANYBODY
def test_without_a_row_nobody_is_accused(sent: str | None) -> None:
    """A purged row, or a backup from before the sign-in."""
    presented = token(bound(3), 3)
    verdict = decide(None, presented, nonce_hash=sent, rotation=Rotation.ALWAYS, now=AT_ONCE)
    assert verdict == Unknown()


@EVERY_ROW
@ANYBODY
@pytest.mark.parametrize("ahead", [1, 2, 40])
def test_a_token_ahead_of_the_row_accuses_nobody(
    row: Session, sent: str | None, ahead: int
) -> None:
    """A restored backup; also the second line stands before that of the missing nonce."""
    assert ask(row, 3 + ahead, sent) == Unknown()


@ANYBODY
def test_the_token_of_a_bound_session_accuses_nobody_of_an_unbound_one(sent: str | None) -> None:
    """No sign-in changes its kind: the row is not the one that the token was made from."""
    presented = Presented("s", 3, nonce(3))
    verdict = decide(unbound(3), presented, nonce_hash=sent, rotation=Rotation.ALWAYS, now=AT_ONCE)
    assert verdict == Unknown()


@pytest.mark.parametrize("generation", [0, 1, 2, 3])
@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("now", [ROTATED_AT, AT_ONCE, LATE])
def test_a_bound_session_ends_where_no_nonce_comes(
    generation: int, confirmed: bool, now: datetime
) -> None:
    """Whoever signed in with a nonce always sends one; a copied token alone is a thief's."""
    assert ask(bound(3, confirmed=confirmed), generation, None, now=now) == Reused()


@pytest.mark.parametrize("sent", [nonce(3), STRANGER])
@pytest.mark.parametrize("rotation", list(Rotation))
def test_the_current_token_of_a_bound_session_rotates_with_any_nonce(
    sent: str, rotation: Rotation
) -> None:
    """Whose nonce it is, the other holder's next refresh will tell."""
    assert ask(bound(3), 3, sent, rotation=rotation) == Rotate()


@pytest.mark.parametrize("made_by", [STRANGER, nonce(1), None])
def test_a_token_of_the_current_generation_made_by_somebody_else_is_reuse(
    made_by: str | None,
) -> None:
    """Two lines of tokens can only come of a restored backup: at most one may live."""
    row = bound(3)
    presented = Presented(row.id, 3, made_by)
    verdict = decide(row, presented, nonce_hash=nonce(3), rotation=Rotation.ALWAYS, now=AT_ONCE)
    assert verdict == Reused()


@pytest.mark.parametrize(
    ("confirmed", "after", "verdict"),
    [
        (False, timedelta(0), Replay()),
        (False, REPLAY_WINDOW, Replay()),
        (False, timedelta(days=3), Replay()),
        (True, timedelta(0), Replay()),
        (True, REPLAY_WINDOW - INSTANT, Replay()),
        (True, REPLAY_WINDOW, Replay()),
        (True, REPLAY_WINDOW + INSTANT, Stale()),
        (True, timedelta(days=3), Stale()),
    ],
)
def test_the_maker_of_the_child_may_ask_again_until_it_was_used_and_ten_seconds_passed(
    confirmed: bool, after: timedelta, verdict: Verdict
) -> None:
    """A lost answer, retried; and a second tab that was a little late."""
    row = bound(3, confirmed=confirmed)
    assert ask(row, 2, nonce(2), now=ROTATED_AT + after) == verdict


def test_the_figures_are_ten_seconds_and_sixty_four() -> None:
    assert (timedelta(seconds=10), 64) == (REPLAY_WINDOW, RING_SIZE)


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("sent", [nonce(3), nonce(1), nonce(0), STRANGER])
def test_the_parent_with_a_nonce_that_did_not_make_the_child_is_reuse(
    confirmed: bool, sent: str
) -> None:
    """A fork within two seconds, and a victim whose token the thief rotated first."""
    row = bound(3, confirmed=confirmed)
    assert ask(row, 2, sent, now=ROTATED_AT) == Reused()
    assert ask(row, 2, sent, now=LATE) == Reused()


@pytest.mark.parametrize("frozen_for", [2, 3, 40, 63, 64])
@pytest.mark.parametrize("confirmed", [False, True])
def test_a_tab_frozen_for_up_to_sixty_four_generations_is_only_stale(
    frozen_for: int, confirmed: bool
) -> None:
    row = bound(70, confirmed=confirmed)
    assert ask(row, 70 - frozen_for, nonce(70 - frozen_for)) == Stale()


@pytest.mark.parametrize("frozen_for", [65, 66, 70])
def test_beyond_sixty_four_generations_no_nonce_excuses_a_tab(frozen_for: int) -> None:
    """Neither its own, nor a younger one that is still in the ring."""
    row = bound(70)
    verdicts = {ask(row, 70 - frozen_for, nonce(generation)) for generation in range(71)}
    assert verdicts == {Reused()}


@pytest.mark.parametrize("frozen_for", [2, 3, 40, 64])
@pytest.mark.parametrize("off_by", [-2, -1, 1, 2])
def test_a_frozen_tab_is_known_by_its_own_nonce_and_no_neighbour_of_it(
    frozen_for: int, off_by: int
) -> None:
    """The ring is read at one place: an index off by one would take a thief for a tab."""
    generation = 70 - frozen_for
    assert ask(bound(70), generation, nonce(generation + off_by)) == Reused()


def test_an_old_token_with_a_made_up_nonce_is_reuse_also_right_after_a_rotation() -> None:
    """A token ten generations old, fired five seconds after a rotation, from a log."""
    assert ask(bound(20), 10, STRANGER, now=ROTATED_AT + timedelta(seconds=5)) == Reused()


def test_a_ring_shorter_than_the_history_excuses_nobody() -> None:
    """As of a row that was restored; never an entry from the wrong end."""
    row = replace(bound(20), nonce_ring=bound(20).nonce_ring[-3 * RING_ENTRY :])
    assert ask(row, 17, nonce(17)) == Stale()
    assert ask(row, 16, nonce(16)) == Reused()


@given(
    generation=st.integers(0, 80),
    presented=st.integers(0, 90),
    sent=st.one_of(st.none(), st.integers(0, 90).map(nonce)),
    confirmed=st.booleans(),
    seconds=st.integers(-5, 60),
)
def test_only_the_current_token_ever_rotates_and_only_the_parent_is_ever_replayed(
    generation: int, presented: int, sent: str | None, confirmed: bool, seconds: int
) -> None:
    """Whatever else the table says: one line of tokens, and never two children of one."""
    now = ROTATED_AT + timedelta(seconds=seconds)
    for row in (bound(generation, confirmed=confirmed), unbound(generation, confirmed=confirmed)):
        verdict = ask(row, presented, sent, now=now)
        assert isinstance(verdict, Rotate) <= (presented == generation)
        assert isinstance(verdict, Replay) <= (presented == generation - 1)
        assert isinstance(verdict, Stale) <= (row.bound and presented < generation)
        assert isinstance(verdict, Unknown) == (presented > generation)
