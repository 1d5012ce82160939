"""Who proves again who they are on one machine: older access tokens are good on none."""

import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.machines.conftest import fleet_over
from tests.machines.fleet import PASSWORD, Answer, Fleet
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

CHANGES = 12
NEW_PASSWORD = "a tally of another tiger"

FEEDS = pytest.mark.parametrize("feed", ["postgres notify", "mariadb polled", "mariadb redis"])


@FEEDS
def test_a_password_changed_on_one_machine_outdates_tokens_on_the_other(
    feed: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The changer's own are answered `token_expired`, all others' `session_ended`."""
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    with _fleet(feed, request, tmp_path) as fleet:
        for _ in range(CHANGES):
            own, other = fleet.sign_in(2)
            changed = fleet.a.ask("PUT", "/api/auth/password", own, change)
            assert (changed.status, changed.body["ended"]) == (200, 1)
            for token, code in ((own, "token_expired"), (other, "session_ended")):
                assert fleet.a.ask("GET", "/probe", token).code == code, "it knows at once"
                assert _refusal(fleet, token, changed) == code


@FEEDS
def test_an_outdated_fresh_token_is_fresh_on_no_machine(
    feed: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The new one is taken on both at once, and so is what a refresh gives after a change."""
    with _fleet(feed, request, tmp_path) as fleet:
        for _ in range(CHANGES):
            (old,) = fleet.sign_in(1)
            proven = fleet.a.ask_until_served(
                "POST", "/api/auth/reauthenticate", old, {"password": PASSWORD}
            )
            assert proven.status == 200
            fresh = str(proven.body["access_token"])
            for machine in fleet.machines:
                assert machine.ask("GET", "/probe", fresh).status == 200
            assert _refusal(fleet, old, proven) == "token_expired"
            # It would do for five minutes more, had nobody proved anything.
            assert fleet.b.ask("DELETE", "/api/me", old).code == "token_expired"
            assert fleet.b.ask("DELETE", "/api/me", fresh).status == 200


@FEEDS
def test_workers_that_start_later_know_what_was_outdated(
    feed: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with _fleet(feed, request, tmp_path) as fleet:
        (old,) = fleet.sign_in(1)
        body = {"password": PASSWORD}
        proven = fleet.a.ask_until_served("POST", "/api/auth/reauthenticate", old, body)
        assert _refusal(fleet, old, proven) == "token_expired"
        before = {worker.pid for worker in fleet.b.workers()}
        fleet.b.restart()
        wait_until(
            lambda: before.isdisjoint(worker.pid for worker in fleet.b.workers()),
            "all workers are new",
        )
        fleet.until_up()
        assert fleet.b.ask("GET", "/probe", old).code == "token_expired"
        fresh = str(proven.body["access_token"])
        assert fleet.b.ask("GET", "/probe", fresh).status == 200


def _fleet(
    feed: str, request: pytest.FixtureRequest, folder: Path
) -> AbstractContextManager[Fleet]:
    engine, _, kind = feed.partition(" ")
    redis = request.getfixturevalue("redis_server") if kind == "redis" else None
    return fleet_over(request.getfixturevalue(engine), folder, redis=redis)


def _refusal(fleet: Fleet, token: str, acknowledged: Answer) -> str | None:
    """Return how the other machine refuses a token; no request begun past the bound is let in."""
    while True:
        answer = fleet.b.ask("GET", "/probe", token)
        if answer.status != 200:
            return answer.code
        assert answer.began_at - acknowledged.ended_at <= fleet.bound
        time.sleep(0.0005)
