"""Proving again who one is by a code: as good as the password, within one's own session."""

from tests.http.callers import Caller, Carrier, Service, code_of
from tests.http.codes.mailbox import EMAIL, PHONE, asked, json_of, last_code, sign_in, wrong
from werkzeug.test import TestResponse

NOBODYS = "mo@example.com"


def prove(caller: Caller, challenge_id: str, code: str) -> TestResponse:
    """Bring a code back to prove who one is."""
    body = {"challenge_id": challenge_id, "code": code}
    return caller.take(caller.send("POST", "/api/auth/reauthenticate/code", body))


def grow_stale(caller: Caller, service: Service) -> None:
    """Let the proof of the sign-in be too old."""
    service.clock.move(minutes=10)
    assert caller.refresh().status_code == 200
    assert code_of(add(caller)) == (403, "fresh_token_required")


def add(caller: Caller) -> TestResponse:
    """Do what only a fresh token may."""
    return caller.send("POST", "/api/me/contacts", {"email": "spare@example.com"})


def test_a_code_is_a_fresh_proof(lina: Caller, service: Service) -> None:
    grow_stale(lina, service)
    challenge_id = asked(lina, "reauthenticate", phone=PHONE)
    assert prove(lina, challenge_id, last_code(service)).status_code == 200
    assert add(lina).status_code == 202
    events = json_of(lina.send("GET", "/api/auth/events"))["events"]
    assert "account:user:reauthenticated" in [one["name"] for one in events]


def test_an_account_without_a_password_sets_one_after_a_code(
    service: Service, stranger: Caller, carrier: Carrier
) -> None:
    challenge_id = asked(stranger, "register", email=NOBODYS)
    sign_in(stranger, challenge_id, last_code(service), email=NOBODYS)
    grow_stale(stranger, service)
    challenge_id = asked(stranger, "reauthenticate", email=NOBODYS)
    assert prove(stranger, challenge_id, last_code(service)).status_code == 200
    new = "another two halves"
    assert stranger.send("PUT", "/api/auth/password", {"new_password": new}).status_code == 200
    assert service.caller(carrier).login(NOBODYS, new).status_code == 200


def test_a_wrong_code_proves_nothing_and_is_in_the_history(lina: Caller, service: Service) -> None:
    grow_stale(lina, service)
    challenge_id = asked(lina, "reauthenticate")
    answer = prove(lina, challenge_id, wrong(last_code(service)))
    assert (code_of(answer), answer.get_json()["tries_left"]) == ((401, "code_invalid"), 4)
    assert code_of(add(lina)) == (403, "fresh_token_required")
    events = json_of(lina.send("GET", "/api/auth/events"))["events"]
    assert ("account:user:reauthentication_refused", "code_invalid") in [
        (one["name"], one["reason"]) for one in events
    ]


def test_a_code_of_another_account_proves_nothing(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    assert stranger.register("mo").status_code == 201
    stranger.login("mo")
    grow_stale(stranger, service)
    challenge_id = asked(stranger, "reauthenticate", email=EMAIL)
    answer = prove(stranger, challenge_id, last_code(service))
    assert code_of(answer) == (401, "code_invalid")
    assert code_of(add(stranger)) == (403, "fresh_token_required")


def test_a_code_to_sign_in_is_no_proof_within_a_session_nor_the_other_way_round(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id = asked(lina, "login")
    assert code_of(prove(lina, challenge_id, last_code(service))) == (401, "code_invalid")
    service.clock.move(seconds=61)
    challenge_id = asked(lina, "reauthenticate")
    answer = sign_in(stranger, challenge_id, last_code(service))
    assert code_of(answer) == (401, "code_invalid")
