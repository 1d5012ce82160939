"""Guessing passwords is slow, whoever guesses; and locks nobody out of what they have."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask.testing import FlaskClient

from tigertally.openapi import load_contract
from tigertally.server.app import make_app
from tigertally.server.compose import Composition
from tigertally.testing import MovableClock

RIGHT = "two halves make one"

Compose = Callable[..., Composition]


def sign_in(
    client: FlaskClient, password: str, name: str = "hufu"
) -> tuple[int, dict[str, object]]:
    answer = client.post("/api/auth/login", json={"username": name, "password": password})
    body = answer.get_json()
    assert load_contract().problems_of_response("login", answer.status_code, body) == []
    if answer.status_code == 429:
        assert answer.headers["Retry-After"] == str(body["retry_after"])
    return answer.status_code, body


@pytest.fixture
def registered(client: FlaskClient) -> FlaskClient:
    body = {"username": "hufu", "password": RIGHT}
    assert client.post("/api/auth/register", json=body).status_code == 201
    return client


def test_five_wrong_passwords_lock_the_account_and_ten_minutes_open_it(
    registered: FlaskClient, clock: MovableClock
) -> None:
    for _ in range(5):
        assert sign_in(registered, "wrong")[0] == 401
    status, body = sign_in(registered, RIGHT)
    assert (status, body["code"], body["retry_after"]) == (429, "rate_limited", 600)
    clock.move(seconds=599)
    assert sign_in(registered, RIGHT)[0] == 429
    clock.move(seconds=1)
    assert sign_in(registered, RIGHT)[0] == 200


def test_the_lock_lasts_ten_minutes_from_the_last_failure(
    registered: FlaskClient, clock: MovableClock
) -> None:
    for _ in range(5):
        clock.move(seconds=119)
        assert sign_in(registered, "wrong")[0] == 401
    clock.move(seconds=500)
    assert sign_in(registered, RIGHT)[0] == 429


def test_an_unknown_name_is_locked_like_a_known_one(registered: FlaskClient) -> None:
    known = [sign_in(registered, "wrong")[0] for _ in range(7)]
    unknown = [sign_in(registered, "wrong", name="nobody")[0] for _ in range(7)]
    assert known == unknown == [401] * 5 + [429] * 2


def test_the_right_password_begins_the_count_anew(registered: FlaskClient) -> None:
    for _ in range(3):
        assert [sign_in(registered, "wrong")[0] for _ in range(4)] == [401] * 4
        assert sign_in(registered, RIGHT)[0] == 200


def test_whoever_knows_the_password_may_use_it_as_often_as_they_like(
    registered: FlaskClient,
) -> None:
    assert {sign_in(registered, RIGHT)[0] for _ in range(40)} == {200}


def test_a_locked_account_goes_on_in_the_sessions_it_has(registered: FlaskClient) -> None:
    _, tokens = sign_in(registered, RIGHT)
    for _ in range(6):
        sign_in(registered, "wrong")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert registered.get("/api/me", headers=bearer).status_code == 200
    refreshed = registered.post(
        "/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
    )
    assert refreshed.status_code == 200


def test_step_up_counts_as_well(registered: FlaskClient) -> None:
    _, tokens = sign_in(registered, RIGHT)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    body = {"password": "wrong"}
    statuses = [
        registered.post("/api/auth/reauthenticate", json=body, headers=bearer).status_code
        for _ in range(6)
    ]
    assert statuses == [401] * 5 + [429]


def test_two_processes_count_together(compose_with: Compose) -> None:
    first, second = (make_app(compose_with()).test_client() for _ in range(2))
    first.post("/api/auth/register", json={"username": "hufu", "password": RIGHT})
    for client in (first, second, first, second, first):
        assert sign_in(client, "wrong")[0] == 401
    assert sign_in(first, RIGHT)[0] == sign_in(second, RIGHT)[0] == 429


def test_of_many_guesses_at_once_a_right_one_is_no_use_after_five_failures(
    compose_with: Compose,
) -> None:
    # With a cheap hash all would have had their turn before the fifth failed.
    app = make_app(compose_with(password_cost="safe"))
    app.test_client().post("/api/auth/register", json={"username": "hufu", "password": RIGHT})
    together, statuses = Barrier(24), []

    def guess(password: str) -> None:
        together.wait()
        statuses.append((password, sign_in(app.test_client(), password)[0]))

    threads = [Thread(target=guess, args=(f"guess {number}",)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Those that had their turn when the fifth failed still fail with it; the rest is not tried.
    failed = sum(status == 401 for _, status in statuses)
    assert 5 <= failed < 24
    assert sign_in(app.test_client(), RIGHT)[0] == 429


def test_one_address_may_not_try_a_hundred_accounts(client: FlaskClient) -> None:
    statuses = [sign_in(client, "wrong", name=f"name {number}")[0] for number in range(101)]
    assert statuses == [401] * 100 + [429]


def test_switched_off_nothing_is_counted(compose_with: Compose) -> None:
    client = make_app(compose_with(rate_limits="off")).test_client()
    assert {sign_in(client, "wrong")[0] for _ in range(9)} == {401}


def test_no_counter_names_anybody(registered: FlaskClient, composition: Composition) -> None:
    for _ in range(6):
        sign_in(registered, "wrong", name="somebody")
    with composition.store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT key FROM tally_counters").scalars().all()
    assert found
    assert not [key for key in found if "somebody" in key or "127.0.0.1" in key]
