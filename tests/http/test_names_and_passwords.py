"""What people may call themselves and choose as a password, and how a refusal says so."""

from typing import Any

import pytest
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of

from tigertally import errors
from tigertally.catalogue import load_catalogue
from tigertally.server.common_passwords import load_common_passwords


def text_of(kind: str) -> str:
    return load_catalogue().text("fields", kind, "en")


def register(caller: Caller, **body: Any) -> Any:
    return caller.send(
        "POST", "/api/auth/register", {"username": NAME, "password": PASSWORD} | body
    )


@pytest.mark.parametrize("password", ["12345678", "password1", "woaini1314", "P@ssw0rd!"])
def test_a_common_password_is_refused_at_each_door(caller: Caller, password: str) -> None:
    refused = register(caller, username="lina", password=password)
    assert code_of(refused) == (400, "invalid_request")
    assert refused.get_json()["fields"] == {"password": [text_of("password_too_common")]}
    caller.login()
    body = {"current_password": PASSWORD, "new_password": password}
    refused = caller.send("PUT", "/api/auth/password", body)
    assert refused.get_json()["fields"] == {"new_password": [text_of("password_too_common")]}


def test_the_old_password_is_no_new_one(caller: Caller) -> None:
    caller.login()
    body = {"current_password": PASSWORD, "new_password": PASSWORD}
    refused = caller.send("PUT", "/api/auth/password", body)
    assert code_of(refused) == (400, "invalid_request")
    assert refused.get_json()["fields"] == {"new_password": [text_of("password_unchanged")]}
    # Only who knows the old one learns that it is the same.
    body = {"current_password": "not the password", "new_password": "not the password"}
    assert code_of(caller.send("PUT", "/api/auth/password", body)) == (401, "invalid_credentials")


@pytest.mark.parametrize("name", ["admin", "Root", "supp0rt", "系统管理员"])
def test_nobody_registers_a_name_that_speaks_for_the_service(caller: Caller, name: str) -> None:
    refused = register(caller, username=name)
    assert code_of(refused) == (400, "invalid_request")
    assert refused.get_json()["fields"] == {"username": [text_of("username_reserved")]}


def test_the_operator_decides_which_names_are_reserved(serve: Serve) -> None:
    caller = serve(reserved_names="boss").caller("bearer")
    assert register(caller, username="admin").status_code == 201
    assert code_of(register(caller, username="B0SS")) == (400, "invalid_request")


def test_what_is_taken_is_named_beside_its_field(caller: Caller) -> None:
    register(caller, username="lina", email="lina@example.com")
    taken = register(caller, username="LINA")
    assert code_of(taken) == (409, "username_taken")
    assert taken.get_json()["fields"] == {"username": [text_of("taken")]}
    taken = register(caller, username="lina2", email="Lina@example.com")
    if taken.status_code != 201:  # where it is told at all
        assert taken.get_json()["fields"] == {"email": [text_of("taken")]}
    caller.login()
    taken = caller.send("PATCH", "/api/me", {"email": "lina@example.com"})
    assert code_of(taken) == (409, "email_taken")
    assert taken.get_json()["fields"] == {"email": [text_of("taken")]}


def test_every_conflict_that_promises_fields_names_them() -> None:
    """The contract lists `fields` as evidence: then the error carries them."""
    conflicts = [one for one in errors.Conflict.__subclasses__() if hasattr(one, "code")]
    assert len(conflicts) >= 7
    for one in conflicts:
        promised = "fields" in load_catalogue().error(one.code).evidence
        assert bool(one.fields) == promised, one.code


def test_an_address_is_changed_only_by_who_entered_credentials_a_short_while_ago(
    caller: Caller, service: Service
) -> None:
    caller.login()
    service.clock.move(minutes=6)
    change = {"email": "thief@example.com"}
    assert code_of(caller.send("PATCH", "/api/me", change)) == (403, "fresh_token_required")
    assert code_of(caller.send("POST", "/api/me", change)) == (403, "fresh_token_required")
    assert code_of(caller.send("PATCH", "/api/me", {"email": None, **change}))[0] == 403
    user = caller.send("PATCH", "/api/me", {"display_name": "Li Na"}).get_json()["user"]
    assert user["email"] is None
    caller.reauthenticate()
    user = caller.send("PATCH", "/api/me", {"email": "lina@example.com"}).get_json()["user"]
    assert user["email"] == "lina@example.com"
    service.clock.move(minutes=6)
    # What stays as it is changes nothing; taking it away does.
    same = caller.send("PATCH", "/api/me", {"email": "lina@example.com", "locale": "en"})
    assert same.status_code == 200
    assert code_of(caller.send("PATCH", "/api/me", {"email": None})) == (
        403,
        "fresh_token_required",
    )


def test_an_address_is_handed_out_as_not_verified(caller: Caller) -> None:
    caller.login()
    user = caller.send("PATCH", "/api/me", {"email": "lina@example.com"}).get_json()["user"]
    assert user["email_verified"] is False
    assert caller.me().get_json()["user"]["email_verified"] is False


def test_a_device_name_shows_what_it_is(caller: Caller) -> None:
    hidden = "Desk\u202etop\u200b 👨\u200d👩\u200d👧\x07"
    session = caller.login(device={"type": "web", "name": hidden}).get_json()["session"]
    assert session["device_name"] == "Desktop 👨\u200d👩\u200d👧"


def test_the_list_is_the_same_for_all_applications_of_a_process() -> None:
    assert load_common_passwords() is load_common_passwords()
