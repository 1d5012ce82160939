"""A permission that is taken away on one machine is given on none.

``PERMISSION_ROUNDS=200`` in the environment makes as many rounds.
"""

import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.machines.conftest import fleet_over
from tests.machines.fleet import PASSWORD, SECRET, Answer, Fleet, Machine
from tests.waiting import PATIENCE, wait_until

ROUNDS = int(os.environ.get("PERMISSION_ROUNDS", "16"))

ROLES = "/api/admin/roles"
READS = ["tally:role:list"]

FEEDS = pytest.mark.parametrize("feed", ["postgres notify", "mariadb polled", "mariadb redis"])


@FEEDS
def test_a_permission_taken_away_on_one_machine_is_given_on_none(
    feed: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """In turns: the role is taken from the person, and the permission from the role.

    No request that begins later than the bound is let in, and the person is never signed out.
    """
    with _fleet(feed, request, tmp_path) as fleet:
        _enter(fleet, "ada")
        reader = _enter(fleet, "bo")
        _make_admin(fleet.a, "ada")
        admin = _enter(fleet, "ada")
        role = {"key": "reader", "name": "Readers", "permissions": READS}
        assert fleet.a.ask("POST", ROLES, admin["access"], role).status == 201
        address = f"/api/admin/users/{reader['id']}/roles"
        for number in range(ROUNDS):
            admin = _enter(fleet, "ada")
            _do(fleet.a, "PUT", address, admin, {"roles": ["reader"]})
            _do(fleet.a, "PATCH", f"{ROLES}/reader", admin, {"permissions": READS})
            renewed = fleet.b.ask_until_served("POST", "/api/auth/refresh", reader["refresh"])
            assert renewed.status == 200, renewed
            reader["access"] = renewed.body["access_token"]
            reader["refresh"] = renewed.body["refresh_token"]
            wait_until(lambda: _reads(fleet.b, reader).status == 200, "the other machine lets in")
            if number % 2:
                done = _do(fleet.a, "PATCH", f"{ROLES}/reader", admin, {"permissions": []})
                expected = "forbidden"
            else:
                done = _do(fleet.a, "PUT", address, admin, {"roles": []})
                expected = "token_expired"
            assert _reads(fleet.a, reader).code == expected, "it knows at once"
            _wait_for_refusal(fleet, reader, done, expected)


def _fleet(
    feed: str, request: pytest.FixtureRequest, folder: Path
) -> AbstractContextManager[Fleet]:
    engine, _, kind = feed.partition(" ")
    redis = request.getfixturevalue("redis_server") if kind == "redis" else None
    return fleet_over(request.getfixturevalue(engine), folder, redis=redis)


def _enter(fleet: Fleet, name: str) -> dict[str, str]:
    """Sign somebody in, with an account if there is none."""
    who = {"username": name, "password": PASSWORD}
    answer = fleet.a.ask_until_served("POST", "/api/auth/login", body=who)
    if answer.status == 401:
        assert fleet.a.ask("POST", "/api/auth/register", body=who).status == 201
        answer = fleet.a.ask_until_served("POST", "/api/auth/login", body=who)
    assert answer.status == 200, answer
    body = answer.body
    return {
        "id": body["user"]["id"],
        "access": body["access_token"],
        "refresh": body["refresh_token"],
    }


def _make_admin(machine: Machine, name: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALLY_")}
    subprocess.run(
        [sys.executable, "-m", "tigertally", "users", "make-admin", name],
        env=environment
        | {
            "TALLY_DATABASE_URL": machine.database_url,
            "TALLY_DATA_DIR": str(machine.data_dir),
            "TALLY_SECRET": SECRET,
        },
        check=True,
        timeout=PATIENCE,
    )


def _do(machine: Machine, method: str, path: str, who: dict[str, str], body: object) -> Answer:
    answer = machine.ask_until_served(method, path, who["access"], body)
    assert answer.status == 200, answer
    return answer


def _reads(machine: Machine, who: dict[str, str]) -> Answer:
    return machine.ask("GET", ROLES, who["access"])


def _wait_for_refusal(
    fleet: Fleet, who: dict[str, str], acknowledged: Answer, expected: str
) -> None:
    """Wait until the other machine refuses for this reason; none begun past the bound is let in.

    A worker that has not even heard that the permission was given refuses, too, for that reason.
    """
    while (answer := _reads(fleet.b, who)).code != expected:
        if answer.status == 200:
            assert answer.began_at - acknowledged.ended_at <= fleet.bound
        else:
            assert answer.code in {"forbidden", "verifier_unavailable", "upstream_unavailable"}
        time.sleep(0.0005)
