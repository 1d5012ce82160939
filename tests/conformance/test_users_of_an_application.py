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


IDS = ("a", "A", "á", "a\u0301", "01", "1", "虎符", "🐯" * 64, "ß", "ss", "%", "_")


def test_ids_that_look_alike_are_different_people(processes: list[TigerTally]) -> None:
    opened = {user_id: processes[0].sign_in(user_id).session.id for user_id in IDS}
    assert {user_id: [one.id for one in processes[1].sessions(user_id)] for user_id in IDS} == {
        user_id: [session_id] for user_id, session_id in opened.items()
    }
    processes[0].end_sessions("a", reason="kicked")
    assert [user_id for user_id in IDS if not processes[1].sessions(user_id)] == ["a"]


@pytest.mark.parametrize("wrong", ["a ", " a", "\u00a0a", "", "a" * 65, "a\0", "\ud800"])
def test_an_id_that_a_database_may_confuse_is_refused(
    processes: list[TigerTally], wrong: str
) -> None:
    with pytest.raises(ValueError, match="the id of a user has 1 to 64"):
        processes[0].sign_in(wrong)
