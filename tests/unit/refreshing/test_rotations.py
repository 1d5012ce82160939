"""What a rotation makes of the row, and what a token that is kept does."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.refreshing.history import LATE, bound, nonce, unbound

from tigertally.core.refresh import kept, ring_entry, rotated
from tigertally.testing.samples import TIMES


def test_a_rotation_makes_the_next_generation_unconfirmed_and_remembers_its_maker() -> None:
    before = bound(3, confirmed=True)
    after = rotated(before, nonce_hash=nonce(3), idle_ttl=TIMES.idle_ttl, now=LATE)
    assert after == replace(
        before,
        generation=4,
        nonce_hash=nonce(3),
        nonce_ring=before.nonce_ring + ring_entry(nonce(3)),
        rotated_at=LATE,
        confirmed=False,
        last_seen_at=LATE,
        idle_expires_at=LATE + TIMES.idle_ttl,
    )


def test_a_rotation_of_an_unbound_session_forgets_the_nonce_that_came() -> None:
    """Else its next token would carry a hash, and be taken for a bound one's."""
    after = rotated(unbound(3), nonce_hash=nonce(3), idle_ttl=TIMES.idle_ttl, now=LATE)
    assert (after.nonce_hash, after.nonce_ring, after.bound) == (None, "", False)


def test_sliding_never_passes_the_hard_deadline() -> None:
    row = bound(3)
    late = row.absolute_expires_at - timedelta(days=1)
    for after in (
        rotated(row, nonce_hash=nonce(3), idle_ttl=TIMES.idle_ttl, now=late),
        kept(row, idle_ttl=TIMES.idle_ttl, now=late),
    ):
        assert after.idle_expires_at == after.absolute_expires_at == row.absolute_expires_at


def test_keeping_a_token_changes_nothing_but_the_idle_deadline() -> None:
    row = unbound(3, confirmed=True)
    after = kept(row, idle_ttl=TIMES.idle_ttl, now=LATE)
    assert after == replace(row, last_seen_at=LATE, idle_expires_at=LATE + TIMES.idle_ttl)


@given(st.integers(0, 200))
def test_the_ring_holds_the_last_sixty_four_makers_in_order(generation: int) -> None:
    makers = [ring_entry(nonce(step)) for step in range(generation)]
    assert bound(generation).nonce_ring == "".join(makers[-64:])
