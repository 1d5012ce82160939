"""Users that an application keeps itself: acts on one's sessions follow each other all the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from tigertally import TigerTally
from tigertally.testing import MovableClock

AT_ONCE = 8


@pytest.fixture
def processes(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[list[TigerTally]]:
    """Two processes of an application over one database, one session for each user."""
    made = []
    for number in range(2):
        app = Flask("host")
        app.config.update(
            TALLY_DATA_DIR=tmp_path / str(number if "sqlite" not in database_url else 0),
            TALLY_DATABASE_URL=database_url,
            TALLY_SECRET="q8Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt",
            TALLY_SESSION_POLICY="single",
        )
        made.append(TigerTally(app, parts={"sessions"}, clock=clock))
    yield made
    for tally in made:
        tally.close()


def test_of_many_sign_ins_at_once_one_session_is_left(processes: list[TigerTally]) -> None:
    start = Barrier(AT_ONCE)

    def sign_in(number: int) -> None:
        start.wait()
        for _ in range(5):
            processes[number % 2].sign_in("42")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(sign_in, range(AT_ONCE)))
    assert len(processes[0].sessions("42")) == 1
