"""What is true of a user changes: at the next request, older tokens say too much or too little."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.verifier.world import World

from tigertally.core.tokens import UserClaims
from tigertally.errors import StoreUnavailable, TokenExpired
from tigertally.testing.samples import START


def test_tokens_below_a_users_version_are_refreshed_and_others_are_not(world: World) -> None:
    session, old = world.sign_in()
    _, stranger = world.sign_in(user_id="v" * 26)
    world.verifier.verify(old)
    world.feed.outdate_claims(session.user_id, 3)
    new = world.tokens.mint(session, UserClaims((), 3), fresh=False, now=START).text
    for _ in range(2):
        with pytest.raises(TokenExpired):
            world.verifier.verify(old)
        assert world.verifier.verify(new).version == 3
        world.verifier.verify(stranger)


def test_a_user_and_a_session_of_the_same_id_are_not_confused(world: World) -> None:
    """An application gives ids to its users as it likes."""
    session, _ = world.sign_in()
    alike = replace(session, user_id=session.id)
    world.feed.outdate_claims(session.id, 1)
    good = world.mint(session)
    world.verifier.verify(good)
    with pytest.raises(TokenExpired):
        world.verifier.verify(world.mint(alike))


def test_a_lower_version_never_makes_an_older_token_valid(world: World) -> None:
    session, old = world.sign_in()
    world.feed.outdate_claims(session.user_id, 3)
    world.feed.outdate_claims(session.user_id, 2)
    middle = world.tokens.mint(session, UserClaims((), 2), fresh=False, now=START).text
    for token in (old, middle):
        with pytest.raises(TokenExpired):
            world.verifier.verify(token)


def test_all_tokens_issued_before_a_second_are_refreshed_and_the_next_one_counts(
    world: World,
) -> None:
    """Also one of the same second: it is dated to the first one that counts."""
    session, old = world.sign_in()
    world.feed.outdate_all(int(START.timestamp()) + 1)
    with pytest.raises(TokenExpired):
        world.verifier.verify(old)
    new = world.tokens.mint(session, UserClaims(), fresh=False, now=START).text
    assert world.verifier.verify(new).issued_at == int(START.timestamp()) + 1


def test_a_token_does_not_outlive_the_roles_in_it(world: World) -> None:
    session, _ = world.sign_in()
    until = START + timedelta(seconds=90)
    claims = UserClaims(("editor",), 0, until)
    token = world.tokens.mint(session, claims, fresh=False, now=START)
    assert token.claims.expires_at == int(until.timestamp())
    world.clock.move(seconds=90)
    with pytest.raises(TokenExpired):
        world.verifier.verify(token.text)


def test_what_roles_give_is_read_once_and_again_after_a_change_before_the_next_check(
    world: World,
) -> None:
    session, _ = world.sign_in()
    token = world.tokens.mint(session, UserClaims(("editor",)), fresh=False, now=START).text
    for _ in range(100):
        assert world.verifier.allows(world.verifier.verify(token), "news:edit")
    assert world.roles.reads == 1
    world.roles.given["editor"] = ["news:read"]
    world.feed.announce_roles()
    claims = world.verifier.verify(token)
    assert not world.verifier.allows(claims, "news:edit")
    assert world.verifier.allows(claims, "news:read")
    assert world.roles.reads == 2


def test_nobody_is_let_in_by_roles_that_are_known_to_be_old(world: World) -> None:
    session, _ = world.sign_in()
    token = world.tokens.mint(session, UserClaims(("editor",)), fresh=False, now=START).text
    assert world.verifier.allows(world.verifier.verify(token), "news:edit")
    world.feed.announce_roles()
    world.roles.reachable = False
    claims = world.verifier.verify(token)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            world.verifier.allows(claims, "news:edit")
    world.roles.reachable = True
    assert world.verifier.allows(claims, "news:edit")
