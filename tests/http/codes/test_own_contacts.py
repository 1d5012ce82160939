"""Addresses and numbers of one's own account."""

from dataclasses import replace

import pytest
from tests.http.callers import Caller, Serve, Service, code_of
from tests.http.codes.mailbox import (
    EMAIL,
    NUMBER,
    PHONE,
    asked,
    give_mailbox,
    json_of,
    last_code,
    news,
    sign_in,
    verified,
    wrong,
)

from tigertally.core.messages import MessageKind
from tigertally.testing.samples import START, sample_user


def listed(caller: Caller) -> list[tuple[str, str, bool]]:
    """Return kind, value, and whether it is verified."""
    found = json_of(caller.send("GET", "/api/me/contacts"))["contacts"]
    return [(one["kind"], one["value"], one["verified_at"] is not None) for one in found]


def test_a_contact_is_added_unverified_and_verified_by_its_code(
    user: Caller, service: Service
) -> None:
    user.send("POST", "/api/me/contacts", {"phone": PHONE})
    assert listed(user) == [("phone", NUMBER, False)]
    service.clock.move(seconds=61)
    verified(user, service, phone=NUMBER)
    assert listed(user) == [("phone", NUMBER, True)]


def test_a_verified_address_becomes_that_of_the_profile(user: Caller, service: Service) -> None:
    verified(user, service, email=EMAIL)
    me = json_of(user.me())["user"]
    assert (me["email"], me["email_verified"]) == (EMAIL, True)


def test_a_wrong_code_verifies_nothing(user: Caller, service: Service) -> None:
    added = json_of(user.send("POST", "/api/me/contacts", {"email": EMAIL}), 202)
    path = f"/api/me/contacts/{added['contact']['id']}/verify"
    code = last_code(service)
    body = {"challenge_id": added["challenge_id"], "code": wrong(code)}
    answers = [user.send("POST", path, body) for _ in range(5)]
    assert [json_of(one, 401)["tries_left"] for one in answers] == [4, 3, 2, 1, 0]
    assert code_of(user.send("POST", path, {**body, "code": code})) == (401, "code_invalid")
    assert listed(user) == [("email", EMAIL, False)]


def test_a_code_verifies_the_contact_that_it_was_sent_to(user: Caller, service: Service) -> None:
    first = json_of(user.send("POST", "/api/me/contacts", {"email": EMAIL}), 202)
    code = last_code(service)
    second = json_of(user.send("POST", "/api/me/contacts", {"email": "bo@example.com"}), 202)
    path = f"/api/me/contacts/{second['contact']['id']}/verify"
    body = {"challenge_id": first["challenge_id"], "code": code}
    assert code_of(user.send("POST", path, body)) == (401, "code_invalid")


@pytest.mark.parametrize(
    ("target", "refused"),
    [({"email": EMAIL}, (409, "email_taken")), ({"phone": PHONE}, (400, "invalid_request"))],
)
def test_an_address_belongs_to_the_first_account_that_verifies_it(
    lina: Caller, service: Service, target: dict[str, str], refused: tuple[int, str]
) -> None:
    other = service.caller("bearer")
    other.register("other")
    other.login("other")
    added = json_of(other.send("POST", "/api/me/contacts", target), 202)
    path = f"/api/me/contacts/{added['contact']['id']}/verify"
    body = {"challenge_id": added["challenge_id"], "code": last_code(service)}
    answer = other.send("POST", path, body)
    assert code_of(answer) == refused
    assert list(answer.get_json()["fields"]) == list(target)
    # The code is used up.
    assert code_of(other.send("POST", path, body)) == (401, "code_invalid")


def test_a_verified_address_signs_in_until_it_is_removed(
    user: Caller, service: Service, stranger: Caller
) -> None:
    for address in (EMAIL, "second@example.com"):
        assert code_of(stranger.login(address)) == (401, "invalid_credentials")
        contact_id = verified(user, service, email=address)
        assert stranger.login(address.upper()).status_code == 200
    user.send("DELETE", f"/api/me/contacts/{contact_id}")
    assert code_of(stranger.login("second@example.com")) == (401, "invalid_credentials")
    assert stranger.login(EMAIL).status_code == 200


def test_a_verified_number_signs_in_however_it_is_typed(
    user: Caller, service: Service, stranger: Caller
) -> None:
    assert code_of(stranger.login(PHONE)) == (401, "invalid_credentials")
    contact_id = verified(user, service, phone=PHONE)
    for login in (
        PHONE,
        NUMBER,
        "13800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "１３８００１３８０００",
    ):
        assert stranger.login(login).get_json()["user"]["username"] == "hufu"
    assert code_of(stranger.register("13800138000")) == (409, "username_taken")
    user.send("DELETE", f"/api/me/contacts/{contact_id}")
    assert code_of(stranger.login(PHONE)) == (401, "invalid_credentials")


def test_an_unknown_number_is_locked_like_a_known_one_however_it_is_typed(
    user: Caller, service: Service, stranger: Caller
) -> None:
    """Each spelling counted by itself would tell which numbers have accounts."""
    verified(user, service, phone="13800138000")

    def tried(ending: str) -> list[int]:
        start = f"1380013{ending}"
        spellings = (start, f"+86{start}", f"86{start}", f"0086{start}", f"+86-{start}", start)
        return [stranger.login(login, "wrong").status_code for login in spellings]

    known, unknown = tried("8000"), tried("9000")
    assert known == unknown == [401] * 5 + [429]


def test_a_number_is_not_kept_from_its_owner_by_a_user_name(
    user: Caller, service: Service, stranger: Caller
) -> None:
    service.caller("bearer").register(PHONE)
    stranger.register("13800138000")
    stranger.login("13800138000")
    verified(user, service, phone=PHONE)
    for typed in ("13800138000", PHONE):
        assert user.copy().login(typed).get_json()["user"]["username"] == "hufu"
    assert json_of(stranger.me())["user"]["username"].startswith("user-")


def test_a_number_that_a_newcomer_proves_is_theirs_although_it_is_a_user_name(
    service: Service, stranger: Caller
) -> None:
    sitting = service.caller("bearer")
    sitting.register("13800138000")
    challenge_id = asked(stranger, "register", phone=PHONE)
    answer = sign_in(stranger, challenge_id, last_code(service), phone=PHONE)
    assert json_of(answer)["created"] is True
    assert code_of(sitting.login("13800138000")) == (401, "invalid_credentials")


def test_nobody_keeps_others_from_their_own_address(
    user: Caller, service: Service, stranger: Caller
) -> None:
    """Not by typing it into a profile, and not by taking it as a user name."""
    stranger.register("typed", EMAIL)
    stranger.register(EMAIL)
    stranger.login(EMAIL)
    verified(user, service, email=EMAIL)
    assert user.copy().login(EMAIL).get_json()["user"]["username"] == "hufu"
    # The other account goes on, under a name that it finds in its profile.
    given = json_of(stranger.me())["user"]["username"]
    assert stranger.login(given).get_json()["user"]["username"] == given
    history = json_of(stranger.send("GET", "/api/auth/events"))["events"]
    assert "account:name:lost" in [one["name"] for one in history]
    assert code_of(stranger.register(EMAIL)) == (409, "username_taken")


def test_a_wrong_code_takes_no_name(user: Caller, service: Service, stranger: Caller) -> None:
    stranger.register(EMAIL)
    added = json_of(user.send("POST", "/api/me/contacts", {"email": EMAIL}), 202)
    path = f"/api/me/contacts/{added['contact']['id']}/verify"
    body = {"challenge_id": added["challenge_id"], "code": wrong(last_code(service))}
    assert code_of(user.send("POST", path, body)) == (401, "code_invalid")
    assert stranger.login(EMAIL).get_json()["user"]["username"] == EMAIL


def test_a_contact_of_another_account_is_not_there(lina: Caller, service: Service) -> None:
    contact_id = json_of(lina.send("GET", "/api/me/contacts"))["contacts"][0]["id"]
    other = service.caller("bearer")
    other.register("other")
    other.login("other")
    path = f"/api/me/contacts/{contact_id}"
    assert code_of(other.send("DELETE", path)) == (404, "not_found")
    body = {"challenge_id": "x", "code": "000000"}
    assert code_of(other.send("POST", f"{path}/verify", body)) == (404, "not_found")


@pytest.mark.parametrize(("kind", "target"), [("email", EMAIL), ("phone", PHONE)])
def test_a_removed_contact_gets_no_codes(
    lina: Caller, service: Service, stranger: Caller, kind: str, target: str
) -> None:
    lina.reauthenticate()
    found = json_of(lina.send("GET", "/api/me/contacts"))["contacts"]
    contact_id = next(one["id"] for one in found if one["kind"] == kind)
    assert lina.send("DELETE", f"/api/me/contacts/{contact_id}").status_code == 200
    news(service)
    asked(stranger, **{kind: target})
    assert news(service) == [MessageKind.NOTHING]


def test_changes_need_a_fresh_token(user: Caller, service: Service) -> None:
    contact_id = verified(user, service, email=EMAIL)
    service.clock.move(minutes=10)
    added = user.send("POST", "/api/me/contacts", {"phone": PHONE})
    assert code_of(added) == (403, "fresh_token_required")
    removed = user.send("DELETE", f"/api/me/contacts/{contact_id}")
    assert code_of(removed) == (403, "fresh_token_required")


@pytest.fixture
def imported(service: Service, stranger: Caller) -> Caller:
    """Somebody without a password, imported with a verified address, who is signed in by a code."""
    mei = replace(sample_user("mei", email=EMAIL), email_verified_at=START)
    with service.composition.store.writing() as tx:
        tx.users.add(mei)
    challenge_id = asked(stranger)
    assert sign_in(stranger, challenge_id, last_code(service)).status_code == 200
    # The next code to the same address can be asked for.
    service.clock.move(seconds=61)
    return stranger


@pytest.mark.parametrize("email", [None, "typo@example.com"])
def test_an_address_that_is_the_last_way_to_sign_in_stays_in_the_profile(
    imported: Caller, service: Service, email: str | None
) -> None:
    refused = imported.send("PATCH", "/api/me", {"email": email})
    assert code_of(refused) == (409, "last_way_to_sign_in")
    assert imported.send("PATCH", "/api/me", {"email": EMAIL.upper()}).status_code == 200
    verified(imported, service, phone=PHONE)
    assert imported.send("PATCH", "/api/me", {"email": email}).status_code == 200


def test_a_contact_that_is_the_last_way_to_sign_in_stays(
    imported: Caller, service: Service
) -> None:
    """The operator verified it; as a contact it is not verified."""
    added = json_of(imported.send("POST", "/api/me/contacts", {"email": EMAIL}), 202)
    path = f"/api/me/contacts/{added['contact']['id']}"
    assert code_of(imported.send("DELETE", path)) == (409, "last_way_to_sign_in")
    verified(imported, service, phone=PHONE)
    assert imported.send("DELETE", path).status_code == 200


def test_an_account_has_ten_contacts_at_most(user: Caller) -> None:
    for number in range(10):
        user.send("POST", "/api/me/contacts", {"email": f"u{number}@example.com"})
    answer = user.send("POST", "/api/me/contacts", {"email": EMAIL})
    assert code_of(answer) == (400, "invalid_request")
    assert len(listed(user)) == 10


def test_an_account_with_too_many_contacts_sends_no_code(serve: Serve) -> None:
    service = give_mailbox(serve(mail="log", sms="log", sms_daily=1))
    full, other = service.caller("bearer"), service.caller("bearer")
    for caller, name in ((full, "full"), (other, "other")):
        caller.register(name)
        caller.login(name)
    for number in range(10):
        full.send("POST", "/api/me/contacts", {"email": f"u{number}@example.com"})
    news(service)
    refused = full.send("POST", "/api/me/contacts", {"phone": PHONE})
    assert code_of(refused) == (400, "invalid_request")
    assert news(service) == []
    # Neither the budget of the day, nor what the number gets in a minute.
    assert other.send("POST", "/api/me/contacts", {"phone": PHONE}).status_code == 202
    assert news(service) == [MessageKind.SMS]
