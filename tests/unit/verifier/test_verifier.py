"""The path of every request: never a yes where it is not known to be one."""

from dataclasses import replace

import pytest
from tests.unit.verifier.world import World

from tigertally.core import verifier as module
from tigertally.core.presence import Sighting
from tigertally.core.sessions import Device, Ending, EndReason
from tigertally.errors import (
    SessionEnded,
    StoreUnavailable,
    TokenExpired,
    TokenInvalid,
    VerifierUnavailable,
)
from tigertally.testing.samples import START, sample_ring


def test_a_good_token_of_a_living_session_is_let_in(world: World) -> None:
    session, token = world.sign_in()
    claims = world.verifier.verify(token)
    assert (claims.session_id, claims.user_id) == (session.id, session.user_id)


def test_a_token_seen_before_costs_no_signature_check(
    world: World, signature_checks: list[str]
) -> None:
    _, token = world.sign_in()
    assert world.verifier.verify(token) == world.verifier.verify(token)
    assert len(signature_checks) == 1


def test_a_remembered_token_expires_at_its_very_second(world: World) -> None:
    _, token = world.sign_in()
    world.verifier.verify(token)
    world.clock.move(seconds=899.99)
    world.verifier.verify(token)
    world.clock.move(seconds=0.01)
    for _ in range(2):
        with pytest.raises(TokenExpired):
            world.verifier.verify(token)


def test_a_remembered_token_is_refused_as_soon_as_its_session_ended(world: World) -> None:
    """The whole point: real sign-out, at the next request."""
    session, token = world.sign_in()
    world.verifier.verify(token)
    world.feed.revoke(session.id)
    for _ in range(2):
        with pytest.raises(SessionEnded):
            world.verifier.verify(token)


def test_a_new_token_of_an_ended_session_is_refused_too(world: World) -> None:
    session, token = world.sign_in()
    world.feed.revoke(session.id)
    with pytest.raises(SessionEnded):
        world.verifier.verify(token)


def test_all_tokens_of_an_ended_session_are_refused_and_no_others(world: World) -> None:
    """Of every generation: the session is over, not a token."""
    session, first = world.sign_in()
    second = world.mint(replace(session, generation=1))
    _, other = world.sign_in()
    world.feed.revoke(session.id)
    for token in (first, second):
        with pytest.raises(SessionEnded):
            world.verifier.verify(token)
    world.verifier.verify(other)


def test_a_token_from_before_a_proof_is_expired_and_the_session_lives(world: World) -> None:
    """Remembered or met for the first time; one of the proof, or of a later one, is good."""
    session, old = world.sign_in()
    other = world.mint(session)
    world.verifier.verify(old)
    world.feed.outdate(session.id, 1)
    good = [world.mint(replace(session, proof=proof)) for proof in (1, 2)]
    for _ in range(2):
        for token in (old, other):
            with pytest.raises(TokenExpired):
                world.verifier.verify(token)
        for token in good:
            world.verifier.verify(token)


def test_an_ending_is_remembered_until_no_token_of_the_session_can_be_left(world: World) -> None:
    session, token = world.sign_in()
    world.feed.revoke(session.id)
    for _ in range(30):
        with pytest.raises((SessionEnded, TokenExpired)):
            world.verifier.verify(token)
        world.clock.move(minutes=1)


@pytest.mark.parametrize("seen_before", [True, False])
def test_a_silent_feed_lets_nobody_in(world: World, seen_before: bool) -> None:
    """Unavailable never becomes a yes, and a yes of before does not count."""
    _, token = world.sign_in()
    if seen_before:
        world.verifier.verify(token)
    world.feed.reachable = False
    with pytest.raises(VerifierUnavailable):
        world.verifier.verify(token)
    world.feed.reachable = True
    world.verifier.verify(token)


def test_an_exchange_of_keys_forgets_what_the_old_ones_signed(world: World) -> None:
    session, token = world.sign_in()
    world.verifier.verify(token)
    world.exchange_keys()
    with pytest.raises(TokenInvalid):
        world.verifier.verify(token)
    world.verifier.verify(world.mint(session))


def test_keys_exchanged_during_a_check_are_forgotten_all_the_same(world: World) -> None:
    """What was checked with the old key must not be remembered under the new ones."""
    session, token = world.sign_in()

    def exchange() -> None:
        world.exchange_keys()
        world.verifier.verify(world.mint(session, world.keys.ring))

    world.tokens.meanwhile = exchange
    world.verifier.verify(token)
    with pytest.raises(TokenInvalid):
        world.verifier.verify(token)


def test_a_rotation_of_keys_signs_nobody_out(world: World, signature_checks: list[str]) -> None:
    """The ring still has the old key; the tokens are merely checked once more."""
    _, token = world.sign_in()
    world.verifier.verify(token)
    world.feed.announce_keys()
    world.verifier.verify(token)
    world.verifier.verify(token)
    assert len(signature_checks) == 2


def test_a_process_that_only_signs_follows_the_keys_too(world: World) -> None:
    """A worker that got nothing but sign-ins would sign forever with a key that is retired."""
    world.exchange_keys()
    world.verifier.follow()
    assert world.tokens.ring is world.keys.ring


def test_unreadable_new_keys_let_nobody_in(world: World) -> None:
    """Also the second time: the change stays due until it was carried out."""
    session, token = world.sign_in()
    world.verifier.verify(token)
    world.exchange_keys()
    world.keys.reachable = False
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            world.verifier.verify(token)
    world.keys.reachable = True
    with pytest.raises(TokenInvalid):
        world.verifier.verify(token)
    world.verifier.verify(world.mint(session))


def test_an_invalid_token_is_not_remembered(world: World, signature_checks: list[str]) -> None:
    """Else a flood of forgeries would drive out the good ones."""
    session, _ = world.sign_in()
    forged = world.mint(session, sample_ring())
    for text in ("", "x", "\ud800", "x" * 100_000, forged):
        for _ in range(2):
            with pytest.raises(TokenInvalid):
                world.verifier.verify(text)
    assert len(world.verifier._verified) == 0


def test_the_memory_of_tokens_is_bounded_and_the_oldest_go_first(
    world: World, monkeypatch: pytest.MonkeyPatch, signature_checks: list[str]
) -> None:
    monkeypatch.setattr(module, "CACHE_SIZE", 16)
    _, first = world.sign_in()
    world.verifier.verify(first)
    for _ in range(100):
        _, last = world.sign_in()
        world.verifier.verify(last)
        assert len(world.verifier._verified) <= 16
    signature_checks.clear()
    world.verifier.verify(last)
    assert signature_checks == []
    world.verifier.verify(first)
    assert signature_checks == [first]


def test_an_ended_session_is_told_why_when_and_by_which_device(world: World) -> None:
    session, token = world.sign_in()
    by = Device(name="a phone", ip="198.51.100.7")
    world.rows.rows[session.id] = session.end(Ending(EndReason.KICKED, START, by))
    world.feed.revoke(session.id, EndReason.KICKED)
    with pytest.raises(SessionEnded) as raised:
        world.verifier.verify(token)
    told = raised.value
    assert (told.reason, told.ended_at) == ("kicked", START)
    assert (told.by_device, told.by_ip) == ("a phone", "198.51.100.7")


def test_only_sessions_that_are_let_in_are_noted(world: World) -> None:
    """A refused token must not confirm a generation, nor keep a session looking alive."""
    session, token = world.sign_in()
    ended, refused = world.sign_in()
    world.feed.revoke(ended.id)
    world.verifier.verify(token)
    with pytest.raises(SessionEnded):
        world.verifier.verify(refused)
    assert world.presence.drain() == (Sighting(session.id, 0, START.timestamp()),)
