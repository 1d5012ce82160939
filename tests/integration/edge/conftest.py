"""The loops that the edge can run on."""

import asyncio

import pytest
from tests.integration.edge.running import LOOP

from tigertally.server.edge.worker import loop_factory


@pytest.fixture(params=["the fastest loop", "asyncio"], autouse=True)
def _loop(request: pytest.FixtureRequest) -> None:
    """Where uvloop cannot be had, the standard library's loop serves."""
    fastest = loop_factory() or asyncio.new_event_loop
    LOOP[0] = asyncio.new_event_loop if request.param == "asyncio" else fastest
