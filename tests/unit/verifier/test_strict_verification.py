"""Strict verification reads the row; the verdict of the other does not depend on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.verifier.world import World

from tigertally.core.sessions import Ending, EndReason, Session
from tigertally.errors import (
    SessionEnded,
    SessionUnknown,
    StoreUnavailable,
    TallyError,
    TokenExpired,
)
from tigertally.testing.samples import START


def strictly(world: World, token: str) -> Session:
    """Verify a token, and read its session's row."""
    return world.verifier.read_row(world.verifier.verify(token))


def test_strict_verification_checks_the_proof_too(world: World) -> None:
    session, old = world.sign_in()
    world.rows.rows[session.id] = replace(session, proof=1)
    with pytest.raises(TokenExpired):
        strictly(world, old)
    strictly(world, world.mint(replace(session, proof=1)))


@pytest.mark.parametrize("row", ["unreachable", "purged", "not yet ended"])
def test_the_verdict_does_not_depend_on_the_row(world: World, row: str) -> None:
    """Only the words do: with a slow store, out is still out."""
    session, token = world.sign_in()
    world.feed.revoke(session.id, EndReason.KICKED)
    world.rows.reachable = row != "unreachable"
    if row == "purged":
        world.rows.rows.clear()
    with pytest.raises(SessionEnded) as raised:
        world.verifier.verify(token)
    assert (raised.value.reason, raised.value.ended_at) == ("kicked", None)


def test_strict_verification_reads_the_row_itself(world: World) -> None:
    session, token = world.sign_in()
    assert strictly(world, token) == session


@pytest.mark.parametrize(
    ("happened", "error"),
    [
        (lambda rows, row: rows.pop(row.id), SessionUnknown),
        (
            lambda rows, row: rows.update(
                {row.id: row.end(Ending(EndReason.DISABLED, START + timedelta(minutes=1)))}
            ),
            SessionEnded,
        ),
        (
            lambda rows, row: rows.update({row.id: replace(row, idle_expires_at=START)}),
            SessionEnded,
        ),
    ],
    ids=["no row", "ended", "idle"],
)
def test_strict_verification_believes_the_row_and_not_the_feed(
    world: World, happened: Callable[[dict[str, Session], Session], object], error: type[TallyError]
) -> None:
    session, token = world.sign_in()
    world.verifier.verify(token)
    happened(world.rows.rows, session)
    with pytest.raises(error):
        strictly(world, token)


def test_strict_verification_without_the_store_refuses(world: World) -> None:
    _, token = world.sign_in()
    world.verifier.verify(token)
    world.rows.reachable = False
    with pytest.raises(StoreUnavailable):
        strictly(world, token)
