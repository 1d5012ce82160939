"""What a verifier remembers of the feed: every ending that still matters, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.revocation import Kind, Revocation, Revocations
from tigertally.core.sessions import EndReason

OUT, KICKED = EndReason.LOGGED_OUT, EndReason.KICKED


def ended(position: int, session_id: str, *, forget_at: float = 1000) -> Revocation:
    return Revocation(position, session_id, OUT, forget_at)


def keys_changed(position: int) -> Revocation:
    return Revocation(position, None, None, 1000, kind=Kind.KEYS)


def test_an_unmentioned_session_is_not_known_as_ended() -> None:
    assert Revocations().reason("one") is None


def test_an_ending_is_known_with_its_reason() -> None:
    known = Revocations()
    known.take_in([Revocation(1, "one", KICKED, 1000)], now=0)
    assert known.reason("one") is KICKED
    assert known.reason("two") is None


def test_the_first_reason_stays_the_true_one() -> None:
    known = Revocations()
    known.take_in([Revocation(1, "one", KICKED, 1000), Revocation(2, "one", OUT, 1000)], now=0)
    assert known.reason("one") is KICKED


def test_an_ending_is_forgotten_when_no_token_can_be_left_and_not_before() -> None:
    known = Revocations()
    known.take_in([ended(1, "one", forget_at=100)], now=0)
    known.take_in([], now=99.9)
    assert known.reason("one") is OUT
    known.take_in([], now=100)
    assert known.reason("one") is None
    assert len(known) == 0


def test_a_clock_that_went_back_only_delays_forgetting() -> None:
    """Entries then lie out of order; none may be forgotten for the sake of another."""
    known = Revocations()
    known.take_in([ended(1, "one", forget_at=200), ended(2, "two", forget_at=100)], now=0)
    known.take_in([], now=150)
    assert known.reason("one") is OUT
    known.take_in([], now=200)
    assert len(known) == 0


def test_the_position_is_the_last_one_taken_in() -> None:
    known = Revocations()
    known.take_in([ended(3, "one"), keys_changed(7)], now=0)
    assert known.position == 7
    known.take_in([], now=0)
    assert known.position == 7


def test_a_change_of_keys_is_counted_and_ends_nobody() -> None:
    known = Revocations()
    known.take_in([keys_changed(1), ended(2, "one"), keys_changed(3)], now=0)
    assert known.keys_version == 2
    assert len(known) == 1


def test_a_restart_replaces_memory_by_the_whole_feed_and_drops_keys() -> None:
    known = Revocations()
    known.take_in([ended(5, "one")], now=0)
    known.start_anew([ended(1, "two")], now=0)
    assert known.reason("one") is None
    assert known.reason("two") is OUT
    assert known.position == 1
    assert known.newest == ended(1, "two")
    assert known.keys_version == 1


def proven(position: int, proof: int, *, forget_at: float = 1000) -> Revocation:
    return Revocation(position, "one", None, forget_at, proof, Kind.PROVED)


def test_the_highest_proof_is_known_and_ends_nobody() -> None:
    known = Revocations()
    known.take_in([proven(1, 1), proven(2, 3), proven(3, 2)], now=0)
    assert (known.known("one"), known.reason("one")) == (3, None)


def test_an_ending_stays_true_whatever_was_proven_before_or_after() -> None:
    known = Revocations()
    known.take_in([proven(1, 1), ended(2, "one"), proven(3, 2)], now=0)
    assert known.known("one") is known.reason("one") is OUT


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.booleans())
def test_a_session_with_many_entries_is_known_until_the_last_of_them_is_over(
    times: list[int], ends: bool
) -> None:
    """In whatever order they run out."""
    known = Revocations()
    entries = [proven(n, n, forget_at=at) for n, at in enumerate(times, start=1)]
    if ends:
        entries.append(ended(len(times) + 1, "one", forget_at=70))
    known.take_in(entries, now=0)
    latest = max(entry.forget_at for entry in entries)
    known.take_in([], now=latest - 0.5)
    assert known.known("one") == (OUT if ends else len(times))
    known.take_in([], now=latest)
    assert (known.known("one"), len(known)) == (None, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["take", "tick"]), st.integers(0, 9), st.integers(1, 60)),
        max_size=60,
    )
)
def test_whatever_the_order_an_ending_is_known_until_its_time(
    steps: list[tuple[str, int, int]],
) -> None:
    """Against the plainest model: a dictionary of who is to be forgotten when."""
    known, model, now, position = Revocations(), dict[str, float](), 0.0, 0
    for what, name, seconds in steps:
        if what == "take":
            position += 1
            model.setdefault(str(name), now + seconds)
            known.take_in([ended(position, str(name), forget_at=now + seconds)], now=now)
        else:
            now += seconds
            known.take_in([], now=now)
        for session_id, forget_at in list(model.items()):
            if forget_at > now:
                assert known.reason(session_id) is OUT
            elif known.reason(session_id) is None:
                del model[session_id]
