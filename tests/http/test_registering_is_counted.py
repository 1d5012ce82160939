"""Asking for names is counted, whatever comes of it, and costs no hash where the name is taken."""

import pytest
from flask.testing import FlaskClient

from tigertally.core.passwords import Passwords
from tigertally.core.throttle import REGISTRATIONS_FROM_ADDRESS, TAKEN_NAMES_FROM_ADDRESS
from tigertally.secret import Secret
from tigertally.testing import MovableClock

RIGHT = "two halves make one"


def register(client: FlaskClient, name: str, **more: str) -> tuple[int, str | None]:
    body = {"username": name, "password": RIGHT, **more}
    answer = client.post("/api/auth/register", json=body)
    return answer.status_code, answer.get_json().get("code")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed."""
    found: list[str] = []
    hash_ = Passwords.hash

    def counting(self: Passwords, password: Secret) -> str:
        found.append(password.reveal())
        return hash_(self, password)

    monkeypatch.setattr(Passwords, "hash", counting)
    return found


def test_a_taken_name_or_address_is_refused_before_anything_is_hashed(
    client: FlaskClient, hashed: list[str]
) -> None:
    assert register(client, "hufu", email="hufu@example.com")[0] == 201
    assert len(hashed) == 1
    assert register(client, "HUFU") == (409, "username_taken")
    assert register(client, "other", email="Hufu@example.com") == (409, "email_taken")
    assert len(hashed) == 1


def test_one_network_can_find_out_about_few_accounts(
    client: FlaskClient, clock: MovableClock
) -> None:
    assert register(client, "hufu", email="hufu@example.com")[0] == 201
    asked = [register(client, "hufu") for _ in range(TAKEN_NAMES_FROM_ADDRESS.times - 1)]
    asked.append(register(client, "other", email="hufu@example.com"))
    assert {status for status, _ in asked} == {409}
    assert register(client, "hufu") == (429, "rate_limited")
    # A name that is free is answered alike: nothing tells them apart any more.
    assert register(client, "free") == (429, "rate_limited")
    clock.move(seconds=TAKEN_NAMES_FROM_ADDRESS.seconds)
    assert register(client, "free")[0] == 201


def test_a_signed_in_user_can_find_out_about_few_addresses(client: FlaskClient) -> None:
    assert register(client, "hufu", email="hufu@example.com")[0] == 201
    assert register(client, "lina")[0] == 201
    body = {"username": "lina", "password": RIGHT}
    token = client.post("/api/auth/login", json=body).get_json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    def ask(address: str) -> int:
        return client.patch("/api/me", json={"email": address}, headers=bearer).status_code

    assert {ask("hufu@example.com") for _ in range(TAKEN_NAMES_FROM_ADDRESS.times)} == {409}
    assert ask("hufu@example.com") == ask("free@example.com") == 429
    # What has nothing to do with addresses goes on.
    assert client.patch("/api/me", json={"locale": "en"}, headers=bearer).status_code == 200


def test_refused_registrations_count_too(client: FlaskClient, hashed: list[str]) -> None:
    for number in range(REGISTRATIONS_FROM_ADDRESS.times):
        body = {"username": f"username{number}", "password": f"username{number}"}
        assert client.post("/api/auth/register", json=body).status_code == 400
    assert register(client, "hufu") == (429, "rate_limited")
    assert hashed == []
