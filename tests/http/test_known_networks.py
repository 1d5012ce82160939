"""Strangers can lock out strangers: never the owner at home, nor in a session that lives."""

import pytest
from flask.testing import FlaskClient

from tigertally.testing import MovableClock

RIGHT = "two halves make one"
HOME, CAFE, STRANGER = "192.0.2.10", "203.0.113.20", "198.51.100.30"


def sign_in(client: FlaskClient, password: str, address: str) -> tuple[int, dict[str, str]]:
    answer = client.post(
        "/api/auth/login",
        json={"username": "hufu", "password": password},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return answer.status_code, answer.get_json()


@pytest.fixture
def at_home(client: FlaskClient) -> dict[str, str]:
    """Register, and sign in at home; return the header of that session."""
    body = {"username": "hufu", "password": RIGHT}
    assert client.post("/api/auth/register", json=body).status_code == 201
    status, tokens = sign_in(client, RIGHT, HOME)
    assert status == 200
    return {"Authorization": f"Bearer {tokens['access_token']}"}


@pytest.fixture
def locked_by_strangers(client: FlaskClient, at_home: dict[str, str]) -> dict[str, str]:
    """Let strangers lock the account; return the header of the session at home."""
    tried = [sign_in(client, "wrong", f"198.51.100.{number}")[0] for number in range(30, 37)]
    assert tried == [401] * 5 + [429] * 2
    return at_home


def test_strangers_do_not_lock_the_owner_out_at_home(
    client: FlaskClient, locked_by_strangers: dict[str, str]
) -> None:
    assert sign_in(client, RIGHT, HOME)[0] == 200
    # Somewhere new nothing tells the owner from a stranger.
    assert sign_in(client, RIGHT, CAFE)[0] == 429


def test_strangers_do_not_keep_a_live_session_from_proving_its_password(
    client: FlaskClient, locked_by_strangers: dict[str, str]
) -> None:
    seen = {"REMOTE_ADDR": CAFE}
    proof = client.post(
        "/api/auth/reauthenticate",
        json={"password": RIGHT},
        headers=locked_by_strangers,
        environ_overrides=seen,
    )
    assert proof.status_code == 200
    fresh = {"Authorization": f"Bearer {proof.get_json()['access_token']}"}
    change = client.put(
        "/api/auth/password",
        json={"current_password": RIGHT, "new_password": "three halves are too many"},
        headers=fresh,
        environ_overrides=seen,
    )
    assert change.status_code == 200


def test_a_session_has_five_wrong_proofs_of_its_own(
    client: FlaskClient, at_home: dict[str, str]
) -> None:
    statuses = [
        client.post(
            "/api/auth/reauthenticate", json={"password": "wrong"}, headers=at_home
        ).status_code
        for _ in range(7)
    ]
    assert statuses == [401] * 5 + [429] * 2
    # They lock nobody out of signing in.
    assert sign_in(client, RIGHT, STRANGER)[0] == 200


def test_a_known_network_has_five_guesses_and_no_more(
    client: FlaskClient, at_home: dict[str, str]
) -> None:
    assert [sign_in(client, "wrong", HOME)[0] for _ in range(7)] == [401] * 5 + [429] * 2
    assert sign_in(client, RIGHT, CAFE)[0] == 200


def test_a_network_does_not_get_more_guesses_by_becoming_known(client: FlaskClient) -> None:
    body = {"username": "hufu", "password": RIGHT}
    assert client.post("/api/auth/register", json=body).status_code == 201
    for _ in range(3):
        assert sign_in(client, "wrong", STRANGER)[0] == 401
    # From elsewhere: it forgives nothing here.
    assert sign_in(client, RIGHT, CAFE)[0] == 200
    assert [sign_in(client, "wrong", STRANGER)[0] for _ in range(3)] == [401] * 2 + [429]


def test_the_whole_network_of_an_ipv6_address_is_known(client: FlaskClient) -> None:
    body = {"username": "hufu", "password": RIGHT}
    assert client.post("/api/auth/register", json=body).status_code == 201
    assert sign_in(client, RIGHT, "2001:db8:1:2::1")[0] == 200
    for number in range(7):
        sign_in(client, "wrong", f"198.51.100.{number}")
    assert sign_in(client, RIGHT, "2001:db8:1:2:aaaa::9")[0] == 200
    assert sign_in(client, RIGHT, "2001:db8:1:3::1")[0] == 429


def test_a_network_is_known_for_thirty_days(
    client: FlaskClient, at_home: dict[str, str], clock: MovableClock
) -> None:
    clock.move(days=29)
    for number in range(7):
        sign_in(client, "wrong", f"198.51.100.{number}")
    assert sign_in(client, RIGHT, HOME)[0] == 200
    clock.move(days=31)
    for number in range(7):
        sign_in(client, "wrong", f"198.51.100.{number}")
    assert sign_in(client, RIGHT, HOME)[0] == 429
