"""The guarded UPDATE and the rules come to the same, whatever the row, the token and the time.

The store decides most refreshes by what one UPDATE changed, the rules decide them in Python.
"""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.rows import keep, rotate, together

from tigertally.core.identifiers import new_id
from tigertally.core.refresh import (
    RING_ENTRY,
    Keep,
    Presented,
    Rotate,
    Rotation,
    Verdict,
    decide,
    hash_nonce,
    kept,
    ring_entry,
    rotated,
)
from tigertally.core.sessions import Ending, EndReason, Session
from tigertally.core.users import User
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START, TIMES, sample_session

NONCES = [hash_nonce(f"nonce {number}") for number in range(4)]


@st.composite
def rows(draw: st.DrawFn) -> Session:
    """Any row that could ever come to be, and some that could not."""
    bound = draw(st.booleans())
    generation = draw(st.integers(0, 70))
    ring = [ring_entry(draw(st.sampled_from(NONCES))) for _ in range(min(generation, 64))]
    seconds = st.sampled_from([-1, 0, 1, 9, 10, 11, 3_600])
    # Most rows live: the others are told apart at the first line of the table.
    left = st.sampled_from([*[3_600, 86_400, 30 * 86_400] * 3, -1, 0, 0, 1])
    deadlines = START + timedelta(seconds=draw(left)), START + timedelta(seconds=draw(left))
    row = sample_session(nonce="of the sign-in" if bound else None)
    # Only what lives can be ended.
    over = min(deadlines) > START and draw(st.integers(0, 9)) == 0
    return replace(
        row,
        generation=generation,
        nonce_hash=draw(st.sampled_from(NONCES)) if bound and generation else row.nonce_hash,
        nonce_ring="".join(ring) if bound else "",
        last_seen_at=START - timedelta(minutes=1),
        rotated_at=START - timedelta(seconds=draw(seconds)),
        confirmed=draw(st.booleans()),
        idle_expires_at=deadlines[0],
        absolute_expires_at=deadlines[1],
        ending=Ending(EndReason.KICKED, START) if over else None,
    )


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    row=rows(),
    age=st.sampled_from([-1, *[0] * 8, 1, 1, 1, 2, 3, 64, 65]),
    made_by=st.sampled_from([*[None] * 12, *NONCES]),
    sent=st.sampled_from([None, *NONCES]),
    rotation=st.sampled_from(Rotation),
)
def test_the_guarded_update_decides_as_the_rules_do(
    store: SqlStore,
    lina: User,
    row: Session,
    age: int,
    made_by: str | None,
    sent: str | None,
    rotation: Rotation,
) -> None:
    """The same verdict, and the same row afterwards, column by column; or nothing changed."""
    row = keep(store, replace(row, user_id=lina.id))
    # Of an unbound session there never is a token with a nonce's hash, nor the reverse.
    nh = (made_by or row.nonce_hash) if row.bound else None
    presented = Presented(row.id, max(0, row.generation - age), nh)
    verdict, after = rotate(store, presented, sent, rotation)
    expected = decide(row, presented, nonce_hash=sent, rotation=rotation, now=START)
    match expected:
        case Rotate():
            row = rotated(row, nonce_hash=sent, idle_ttl=TIMES.idle_ttl, now=START)
        case Keep():
            row = kept(row, idle_ttl=TIMES.idle_ttl, now=START)
        case _:
            pass
    assert verdict == expected
    assert after == row
    assert store.session(row.id) == row


def test_exactly_one_of_fifty_simultaneous_refreshes_rotates(store: SqlStore, lina: User) -> None:
    """All others are answered the same again."""
    row = keep(store, sample_session(user_id=lina.id, nonce="of the sign-in"))
    start, verdicts = Barrier(50), list[Verdict]()

    def refresh() -> None:
        start.wait()
        verdicts.append(rotate(store, Presented(row.id, 0, row.nonce_hash), NONCES[0])[0])

    together([refresh] * 50)
    assert sorted(type(verdict).__name__ for verdict in verdicts) == ["Replay"] * 49 + ["Rotate"]
    assert store.session(row.id) == rotated(
        row, nonce_hash=NONCES[0], idle_ttl=TIMES.idle_ttl, now=START
    )


def test_the_stored_ring_has_sixty_four_nonces(store: SqlStore, lina: User) -> None:
    row = keep(store, sample_session(user_id=lina.id, nonce="of the sign-in"))
    made_by = row.nonce_hash
    for generation in range(70):
        sent = hash_nonce(str(generation))
        rotate(store, Presented(row.id, generation, made_by), sent)
        made_by = sent
    found = store.session(row.id)
    assert found is not None
    assert found.nonce_ring == "".join(ring_entry(hash_nonce(str(n))) for n in range(6, 70))
    assert len(found.nonce_ring) == 64 * RING_ENTRY


def test_a_token_of_a_session_that_never_was_changes_nothing(store: SqlStore) -> None:
    verdict, row = rotate(store, Presented(new_id(), 0, None), None)
    assert (type(verdict).__name__, row) == ("Unknown", None)
