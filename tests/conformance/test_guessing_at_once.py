"""Many guesses at the same moment, at two processes, over each store: five are tried, no sixth."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event, Lock, Thread
from typing import Any

import pytest
from flask import Flask
from tests.conftest import Compose
from tests.databases import empty_database
from tests.servers.redis import Redis
from tests.servers.server import Database
from tests.waiting import PATIENCE

from tigertally.core.passwords import Passwords
from tigertally.secret import Secret
from tigertally.server.app import make_app

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-at-once"
RIGHT = "two halves make one"
AT_ONCE = 24
PLACES = 5

Guess = Callable[[list[str]], list[dict[str, Any]]]


class Hashes:
    """Counts passwords that are checked, in all processes of the test.

    The first five wait for each other, so they are tried at once on the busiest machine. One after
    the other would be another case: there a right one makes its caller's wrong ones forgotten.
    """

    def __init__(self) -> None:
        self.passwords: list[str] = []
        self._lock = Lock()
        self._all_there = Event()

    def count(self, password: Secret) -> None:
        """Count one."""
        with self._lock:
            self.passwords.append(password.reveal())
            if len(self.passwords) == PLACES:
                self._all_there.set()
        assert self._all_there.wait(PATIENCE)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    """What was hashed to be checked."""
    counted = Hashes()
    verify = Passwords.verify

    def counting(self: Passwords, password_hash: str | None, password: Secret) -> bool:
        counted.count(password)
        return verify(self, password_hash, password)

    monkeypatch.setattr(Passwords, "verify", counting)
    return counted


@pytest.fixture(params=["sqlite", "postgres", "mariadb", "redis"])
def processes(request: pytest.FixtureRequest, tmp_path: Path, compose_with: Compose) -> list[Flask]:
    """Two processes' applications over one store, where somebody has an account."""
    servers = {"postgres", "mariadb"} & {request.param}
    server: Database | None = request.getfixturevalue(*servers) if servers else None
    settings = {"database_url": empty_database(server, tmp_path), "secret": SECRET}
    if request.param == "redis":
        redis: Redis = request.getfixturevalue("redis_server")
        redis.flush()
        settings["redis_url"] = redis.url()
    apps = [make_app(compose_with(**settings)) for _ in range(2)]
    body = {"username": "hufu", "password": RIGHT}
    assert apps[0].test_client().post("/api/auth/register", json=body).status_code == 201
    return apps


@pytest.fixture
def guess(processes: list[Flask]) -> Guess:
    """Try passwords, all at the same moment; return the answers in the order of the passwords."""

    def guess_together(passwords: list[str]) -> list[dict[str, Any]]:
        together = Barrier(len(passwords))
        answers: list[dict[str, Any]] = [{} for _ in passwords]

        def one(number: int) -> None:
            client = processes[number % 2].test_client()
            body = {"username": "hufu", "password": passwords[number]}
            together.wait()
            answer = client.post("/api/auth/login", json=body)
            answers[number] = {**answer.get_json(), "status": answer.status_code}

        threads = [Thread(target=one, args=(number,)) for number in range(len(passwords))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return guess_together


def test_five_of_many_simultaneous_wrong_guesses_are_tried(guess: Guess, hashes: Hashes) -> None:
    answers = guess([f"guess {number}" for number in range(AT_ONCE)])
    assert Counter(one["status"] for one in answers) == {401: 5, 429: AT_ONCE - 5}
    assert len(hashes.passwords) == 5
    # Afterwards it is locked for all, and nothing more is tried.
    assert {one["status"] for one in guess([RIGHT, "guess"])} == {429}
    assert len(hashes.passwords) == 5


def test_many_simultaneous_right_sign_ins_all_succeed(guess: Guess) -> None:
    answers = guess([RIGHT] * AT_ONCE)
    statuses = Counter(one["status"] for one in answers)
    # On a busy machine the database may not answer in time: 503 says to try again, and nobody who
    # does is locked out.
    assert set(statuses) <= {200, 503}
    again = [one for _ in range(statuses[503]) for one in guess([RIGHT])]
    assert 429 not in {one["status"] for one in again}
    assert {one["status"] for one in guess([RIGHT, RIGHT])} == {200}


def test_a_right_guess_among_wrong_ones_is_treated_like_them(guess: Guess, hashes: Hashes) -> None:
    answers = guess([f"guess {number}" for number in range(AT_ONCE - 1)] + [RIGHT])
    statuses = Counter(one["status"] for one in answers)
    # Five wrong ones were tried whatever became of the right one: it used up none of them.
    assert statuses[401] == 5
    refused = [one for one in answers if one["status"] == 429]
    if answers[-1]["status"] == 429:
        assert RIGHT not in hashes.passwords
        assert statuses == {401: 5, 429: AT_ONCE - 5}
    else:
        assert statuses == {401: 5, 200: 1, 429: AT_ONCE - 6}
    assert len({tuple(sorted(one)) for one in refused}) == 1
    assert {(one["code"], one["message"], one["retry_after"]) for one in refused} == {
        (refused[0]["code"], refused[0]["message"], 600)
    }
