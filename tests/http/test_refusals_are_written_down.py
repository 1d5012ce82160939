"""A lock that begins, one that ends, and what looks forged are in the log, and in the figures."""

import json

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from tests.http.test_refusals_are_folded import RIGHT, sign_in, written

from tigertally.cli import main
from tigertally.core.presence import Presence
from tigertally.flows.keep_house import KeepHouse
from tigertally.server.compose import Composition
from tigertally.testing import MovableClock


@pytest.fixture
def registered(client: FlaskClient) -> FlaskClient:
    body = {"username": "hufu", "password": RIGHT}
    assert client.post("/api/auth/register", json=body).status_code == 201
    return client


def rows(composition: Composition, name: str) -> list[dict[str, object]]:
    query = "SELECT * FROM tally_events WHERE name = ? ORDER BY id"
    with composition.store.engine.connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(query, (name,)).mappings()]


def keep_house(composition: Composition) -> None:
    KeepHouse(composition.context, Presence()).end_lockouts()


def lock(client: FlaskClient, name: str = "hufu") -> None:
    body = {"username": name, "password": "wrong password"}
    while client.post("/api/auth/login", json=body).status_code != 429:
        pass


def test_the_begin_and_end_of_a_lock_are_logged(
    registered: FlaskClient, composition: Composition, clock: MovableClock
) -> None:
    lock(registered)
    (began,) = rows(composition, "account:lockout:began")
    assert began["user_id"]
    assert began["reason"] == "password_for_account"
    keep_house(composition)
    assert rows(composition, "system:lockout:ended") == []
    clock.move(seconds=600)
    for _ in range(2):
        keep_house(composition)
    (ended,) = rows(composition, "system:lockout:ended")
    assert ended["user_id"] == began["user_id"]
    figures = registered.get("/metrics").get_data(as_text=True)
    for act in ("password_for_account", "password_from_network"):
        assert f'tally_locks_begun_total{{act="{act}"}} 1.0' in figures


def test_refusals_of_a_lock_are_logged_once_a_minute(
    registered: FlaskClient, composition: Composition, clock: MovableClock
) -> None:
    lock(registered)
    for _ in range(20):
        sign_in(registered, "wrong password")
    assert written(composition)["account:lockout:refused"] == 1
    clock.move(seconds=60)
    for _ in range(20):
        sign_in(registered, "wrong password")
    assert written(composition)["account:lockout:refused"] == 2


def test_foreign_origins_forged_tokens_and_bad_codes_are_logged_and_counted(
    registered: FlaskClient, composition: Composition, clock: MovableClock
) -> None:
    def ask() -> None:
        for _ in range(5):
            body = {"username": "hufu", "password": RIGHT, "delivery": "cookie"}
            foreign = {"Origin": "https://evil.example"}
            refused = registered.post("/api/auth/login", json=body, headers=foreign)
            assert refused.get_json()["code"] == "csrf_failed"
            forged = {"Authorization": "Bearer forged"}
            assert registered.get("/api/me", headers=forged).status_code == 401

    ask()
    assert written(composition)["account:csrf:refused"] == 1
    assert written(composition)["account:token:refused"] == 1
    clock.move(seconds=60)
    ask()
    assert written(composition)["account:csrf:refused"] == 2
    assert written(composition)["account:token:refused"] == 2
    figures = composition.services.metrics.exposition()[0].decode()
    assert 'tally_refusals_total{code="csrf_failed"} 10.0' in figures
    assert 'tally_refusals_total{code="token_invalid"} 10.0' in figures
    assert "tally_attempts_counted_alone 0.0" in figures


def test_no_refusal_holds_what_was_tried(registered: FlaskClient, composition: Composition) -> None:
    lock(registered)
    lock(registered, name="a password typed into the wrong field")
    registered.get("/api/me", headers={"Authorization": "Bearer forged-secret-token"})
    with composition.store.engine.connect() as connection:
        found = [
            dict(row)
            for table in ("tally_events", "tally_lockouts", "tally_attempts", "tally_event_folds")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()
        ]
    text = json.dumps(found, default=str)
    assert not [one for one in ("wrong password", "typed into", "forged-secret") if one in text]


def test_an_operator_opens_a_lock_and_sees_which(
    registered: FlaskClient, composition: Composition
) -> None:
    def run(*command: str, text: str | None = None) -> str:
        folder = ("--data-dir", str(composition.settings.data_dir))
        done = CliRunner().invoke(main, [*command, *folder], input=text, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert run("users", "unlock", "hufu") == "hufu was not locked.\n"
    lock(registered)
    output = run("users", "unlock", "hufu")
    assert "signing in from networks that are new to it" in output
    assert output.endswith("hufu is unlocked.\n")
    assert sign_in(registered)["access_token"]
    assert written(composition)["cli:lockout:ended"] == 1
    lock(registered)
    run("users", "set-password", "hufu", "--password-stdin", text="three halves are too many\n")
    assert sign_in(registered, "three halves are too many")["access_token"]


def test_doctor_says_how_many_accounts_are_locked(
    registered: FlaskClient, composition: Composition
) -> None:
    lock(registered)
    folder = ("--data-dir", str(composition.settings.data_dir))
    output = CliRunner().invoke(main, ["doctor", *folder]).output
    assert "wrong passwords: counted over all processes" in output
    assert "accounts locked now: 1" in output
