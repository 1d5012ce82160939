"""How many bytes a remembered token takes, which no busy machine changes."""

import gc
import tracemalloc

from tests.unit.verifier.world import World

from tigertally.core.keys import Algorithm
from tigertally.testing.samples import sample_ring

TOKENS = 3_000
"""As full as the table of a dictionary is with all 50,000, so that each pays as much for it."""

LIFE_SECONDS = 900


def test_a_remembered_token_takes_four_hundred_bytes_at_most(world: World) -> None:
    """All of different sessions, and minted within the life of one."""
    world.keys.ring = sample_ring(Algorithm.HS256)  # fast
    world.feed.announce_keys()
    tokens = []
    for _ in range(TOKENS):
        tokens.append(world.mint(world.sign_in()[0], world.keys.ring))
        world.clock.move(seconds=LIFE_SECONDS / TOKENS / 2)
    # What else is kept of a session that was seen is there before its tokens are counted.
    for token in tokens:
        world.verifier.verify(token)
    world.feed.announce_keys()
    world.verifier.follow()
    tracemalloc.start()
    try:
        before = _kept()
        for token in tokens:
            world.verifier.verify(token)
        assert len(world.verifier._verified) == TOKENS
        grown = _kept() - before
    finally:
        tracemalloc.stop()
    assert grown / TOKENS <= 400


def _kept() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
