"""Guessing passwords is slow, whoever guesses; and locks nobody out of what they have."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from tests.departures import problems_of_response

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
    assert problems_of_response("login", answer.status_code, body) == []
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


def test_a_lock_says_what_is_locked_how_long_and_what_to_do(registered: FlaskClient) -> None:
    """In the same words for every guess and for unknown names, or they would tell which exist."""
    for name in ("hufu", "nobody"):
        for _ in range(5):
            sign_in(registered, "wrong", name)
    said = {
        sign_in(registered, password, name)[1]["message"]
        for name in ("hufu", "nobody")
        for password in ("wrong", RIGHT)
    }
    words = (
        "Too many wrong passwords. Signing in with the password is locked for 10 minutes. "
        "Please try again after that, or sign in another way."
    )
    assert said == {words}


def test_a_lock_within_a_session_says_that_the_session_stays(registered: FlaskClient) -> None:
    _, tokens = sign_in(registered, RIGHT)
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept-Language": "zh-CN"}
    for _ in range(6):
        answer = registered.post(
            "/api/auth/reauthenticate", json={"password": "wrong"}, headers=headers
        )
    assert answer.get_json()["message"] == (
        "密码错误次数过多，请在 10 分钟后重试。您的登录不受影响。"
    )


def test_the_right_password_resets_the_count(registered: FlaskClient) -> None:
    for _ in range(3):
        assert [sign_in(registered, "wrong")[0] for _ in range(4)] == [401] * 4
        assert sign_in(registered, RIGHT)[0] == 200


def test_the_right_password_works_any_number_of_times(
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


def test_one_address_may_not_try_a_hundred_accounts(client: FlaskClient) -> None:
    statuses = [sign_in(client, "wrong", name=f"name {number}")[0] for number in range(101)]
    assert statuses == [401] * 100 + [429]


def from_address(client: FlaskClient, address: str, name: str) -> int:
    body = {"username": name, "password": "wrong"}
    seen = {"REMOTE_ADDR": address}
    return client.post("/api/auth/login", json=body, environ_overrides=seen).status_code


@pytest.mark.parametrize(
    "addresses",
    [
        [f"2001:db8:1:2::{number:x}" for number in range(1, 102)],
        [f"2001:db8:1:2:{number:x}::1" for number in range(1, 102)],
        ["::ffff:192.0.2.7", "192.0.2.7", "64:ff9b::192.0.2.7"] * 34,
    ],
    ids=["last bits of a /64", "first bits behind the /64", "three spellings of one"],
)
def test_many_addresses_of_one_network_count_as_one(
    client: FlaskClient, addresses: list[str]
) -> None:
    statuses = [
        from_address(client, address, f"name {number}")
        for number, address in enumerate(addresses[:101])
    ]
    assert statuses == [401] * 100 + [429]


def test_neighbouring_networks_are_counted_apart(client: FlaskClient) -> None:
    for number in range(101):
        assert from_address(client, "2001:db8:1:2::1", f"name {number}") in {401, 429}
    assert from_address(client, "2001:db8:1:3::1", "somebody") == 401
    assert from_address(client, "2001:db8:1:2::1", "somebody else") == 429


@pytest.mark.parametrize("address", ["", "unix:", "not an address"])
def test_callers_whose_address_is_unknown_do_not_lock_each_other_out(
    client: FlaskClient, address: str
) -> None:
    statuses = [from_address(client, address, f"name {number}") for number in range(105)]
    assert set(statuses) == {401}
    # Each account is locked all the same.
    assert [from_address(client, address, "one") for _ in range(6)] == [401] * 5 + [429]


def test_nothing_is_counted_while_limits_are_off(compose_with: Compose) -> None:
    client = make_app(compose_with(rate_limits="off")).test_client()
    assert {sign_in(client, "wrong")[0] for _ in range(9)} == {401}


def test_no_counter_names_anybody(registered: FlaskClient, composition: Composition) -> None:
    for _ in range(6):
        sign_in(registered, "wrong", name="somebody")
    with composition.store.engine.connect() as connection:
        query = "SELECT key || state FROM tally_attempts"
        found = connection.exec_driver_sql(query).scalars().all()
    assert found
    assert not [key for key in found if "somebody" in key or "127.0.0.1" in key]
