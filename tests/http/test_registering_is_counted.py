"""Asking for names is counted, whatever comes of it, and costs no hash where the name is taken."""

import pytest
from flask.testing import FlaskClient
from tests.http.callers import Service

from tigertally.core.passwords import Passwords
from tigertally.core.throttle import REGISTRATIONS_FROM_ADDRESS, TAKEN_NAMES_FROM_ADDRESS
from tigertally.flows.administer import Administer
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


def test_a_taken_name_is_refused_before_anything_is_hashed(
    client: FlaskClient, hashed: list[str]
) -> None:
    assert register(client, "hufu")[0] == 201
    assert len(hashed) == 1
    assert register(client, "HUFU") == (409, "username_taken")
    assert len(hashed) == 1


def test_one_network_can_find_out_about_few_accounts(
    client: FlaskClient, clock: MovableClock
) -> None:
    assert register(client, "hufu")[0] == 201
    asked = [register(client, "hufu") for _ in range(TAKEN_NAMES_FROM_ADDRESS.times)]
    assert {status for status, _ in asked} == {409}
    assert register(client, "hufu") == (429, "rate_limited")
    # A name that is free is answered alike: nothing tells them apart any more.
    assert register(client, "free") == (429, "rate_limited")
    clock.move(seconds=TAKEN_NAMES_FROM_ADDRESS.seconds)
    assert register(client, "free")[0] == 201


@pytest.mark.parametrize("verified", [False, True])
def test_nobody_finds_out_whose_an_address_is(service: Service, verified: bool) -> None:
    """Neither by registering nor in a profile: both take what another account has verified."""
    client = service.client()
    assert register(client, "hufu", email="hufu@example.com")[0] == 201
    if verified:
        Administer(service.composition.context).verify_email("hufu")
    taken = register(client, "lina", email="HUFU@example.com")
    assert taken == register(client, "free", email="free@example.com") == (201, None)
    body = {"username": "lina", "password": RIGHT}
    token = client.post("/api/auth/login", json=body).get_json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    for address in ("other@example.com", "hufu@example.com", "free@example.com"):
        answer = client.patch("/api/me", json={"email": address}, headers=bearer)
        assert answer.status_code == 200
        assert answer.get_json()["user"]["email_verified"] is False


def test_refused_registrations_count_too(client: FlaskClient, hashed: list[str]) -> None:
    for number in range(REGISTRATIONS_FROM_ADDRESS.times):
        body = {"username": f"username{number}", "password": f"username{number}"}
        assert client.post("/api/auth/register", json=body).status_code == 400
    assert register(client, "hufu") == (429, "rate_limited")
    assert hashed == []
