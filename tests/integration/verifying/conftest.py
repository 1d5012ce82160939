"""A feed that misbehaves, and what verifies against it."""

from collections.abc import Iterator

import pytest

from tigertally.testing.verifying import FeedStandIn


@pytest.fixture
def stand_in() -> Iterator[FeedStandIn]:
    """The feed."""
    service = FeedStandIn()
    service.start()
    yield service
    service.fault = None
    service.stop()
