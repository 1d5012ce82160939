"""An application of somebody else's with the product in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from tests.http.embedding.hosts import AsyncFlask, Build, HostClient, add_faulty_views, add_views

from tigertally.server.embed import TigerTally
from tigertally.testing import MovableClock


@pytest.fixture
def build(tmp_path: Path, clock: MovableClock) -> Iterator[Build]:
    """Build applications that embed the product; each name has a database of its own."""
    made: list[TigerTally] = []

    def make(name: str = "host", **config: object) -> Flask:
        app = AsyncFlask(name)
        app.config.update(TALLY_DATA_DIR=tmp_path / name, TALLY_PASSWORD_COST="testing")
        app.config.update({f"TALLY_{key.upper()}": value for key, value in config.items()})
        app.test_client_class = HostClient
        made.append(TigerTally(app, clock=clock))
        add_views(app)
        add_faulty_views(app)
        return app

    yield make
    for tally in made:
        tally.close()
