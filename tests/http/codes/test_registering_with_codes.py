"""Registering with a code: an account without a password, for who is at an address or number."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.http.callers import PASSWORD, Caller, Carrier, Serve, Service, code_of
from tests.http.codes.mailbox import (
    EMAIL,
    NEW,
    PHONE,
    ask,
    asked,
    give_mailbox,
    json_of,
    last_code,
    news,
    reset,
    sign_in,
    verified,
    wrong,
)

from tigertally.core.messages import MessageKind

NOBODYS = "mo@example.com"
NUMBER_OF_NOBODY = "13900139000"


def registered(caller: Caller, service: Service, **target: str) -> str:
    """Register with a code; return the name of the new account."""
    challenge_id = asked(caller, "register", **target)
    body = json_of(sign_in(caller, challenge_id, last_code(service), **target))
    assert body["created"] is True
    return str(body["user"]["username"])


@pytest.mark.parametrize(
    "target", [{"email": NOBODYS}, {"phone": NUMBER_OF_NOBODY}], ids=["email", "phone"]
)
def test_who_has_no_account_gets_one_and_is_signed_in(
    service: Service, stranger: Caller, target: dict[str, str]
) -> None:
    assert registered(stranger, service, **target).startswith("user-")
    me = json_of(stranger.me())["user"]
    assert (me["email"], me["email_verified"]) == (target.get("email"), "email" in target)
    contacts = json_of(stranger.send("GET", "/api/me/contacts"))["contacts"]
    assert [one["verified_at"] is not None for one in contacts] == [True]
    assert json_of(stranger.send("GET", "/api/auth/identities"))["has_password"] is False
    events = json_of(stranger.send("GET", "/api/auth/events"))["events"]
    assert {one["name"] for one in events} == {
        "account:user:registered",
        "account:contact:verified",
        "account:session:opened",
    }


def test_the_new_account_signs_in_by_a_code_and_with_a_password_once_it_has_one(
    service: Service, stranger: Caller, carrier: Carrier
) -> None:
    name = registered(stranger, service, email=NOBODYS)
    service.clock.move(seconds=61)
    other = service.caller(carrier)
    challenge_id = asked(other, email=NOBODYS)
    assert sign_in(other, challenge_id, last_code(service)).status_code == 200
    assert json_of(other.me())["user"]["username"] == name
    service.clock.move(seconds=61)
    assert reset(other, asked(other, "reset", email=NOBODYS), last_code(service)).status_code == 200
    assert service.caller(carrier).login(NOBODYS, NEW).status_code == 200


def test_who_has_an_account_is_signed_in_to_it(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id = asked(stranger, "register", phone=PHONE)
    body = json_of(sign_in(stranger, challenge_id, last_code(service), phone=PHONE))
    assert (body["user"]["username"], body["created"]) == ("hufu", False)


def test_asking_tells_not_whether_there_is_an_account(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    news(service)
    found = []
    for email in (EMAIL, NOBODYS):
        body = json_of(ask(stranger, "register", email=email), 202)
        found.append((body["resend_after"], body["expires_in"], len(body["challenge_id"])))
    assert found[0] == found[1]
    assert news(service) == [MessageKind.EMAIL, MessageKind.EMAIL]


def test_a_code_is_of_use_only_with_the_target_it_was_sent_to(
    service: Service, stranger: Caller
) -> None:
    challenge_id = asked(stranger, "register", email=NOBODYS)
    code = last_code(service)
    for other in ({}, {"email": "bo@example.com"}, {"phone": NUMBER_OF_NOBODY}):
        answer = sign_in(stranger, challenge_id, code, **other)
        assert code_of(answer) == (401, "code_invalid"), other
    both = sign_in(stranger, challenge_id, code, email=NOBODYS, phone=NUMBER_OF_NOBODY)
    assert code_of(both) == (400, "invalid_request")
    assert sign_in(stranger, challenge_id, code, email=NOBODYS).status_code == 200


def test_a_code_of_another_purpose_makes_no_account(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id, code = asked(stranger), last_code(service)
    assert code_of(sign_in(stranger, challenge_id, code, email=EMAIL)) == (401, "code_invalid")
    service.clock.move(seconds=61)
    challenge_id, code = asked(stranger, "register"), last_code(service)
    assert code_of(reset(stranger, challenge_id, code)) == (401, "code_invalid")


def test_five_wrong_codes_burn_the_right_one(service: Service, stranger: Caller) -> None:
    challenge_id = asked(stranger, "register", email=NOBODYS)
    code = last_code(service)
    answers = [sign_in(stranger, challenge_id, wrong(code), email=NOBODYS) for _ in range(5)]
    assert [json_of(one, 401)["tries_left"] for one in answers] == [4, 3, 2, 1, 0]
    late = sign_in(stranger, challenge_id, code, email=NOBODYS)
    assert code_of(late) == (401, "code_invalid")


def test_one_of_many_simultaneous_right_codes_makes_one_account(
    service: Service, stranger: Caller
) -> None:
    challenge_id = asked(stranger, "register", email=NOBODYS)
    code = last_code(service)

    def bring_back(number: int) -> int:
        caller = service.caller("bearer", address=f"198.51.100.{number}")
        return sign_in(caller, challenge_id, code, email=NOBODYS).status_code

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(bring_back, range(20))) == [200] + [401] * 19


@pytest.mark.parametrize("target", [{"email": EMAIL}, {"email": NOBODYS}])
def test_where_registration_is_closed_nobody_is_sent_a_code_to_register(
    serve: Serve, carrier: Carrier, target: dict[str, str]
) -> None:
    service = give_mailbox(serve(mail="log", registration="closed"))
    assert code_of(ask(service.caller(carrier), "register", **target)) == (
        403,
        "registration_closed",
    )


def test_who_verified_the_address_meanwhile_keeps_it(
    user: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id = asked(stranger, "register", email=NOBODYS)
    code = last_code(service)
    service.clock.move(seconds=61)
    verified(user, service, email=NOBODYS)
    late = sign_in(stranger, challenge_id, code, email=NOBODYS)
    assert code_of(late) == (401, "code_invalid")


def test_a_name_that_is_the_address_goes_to_who_is_there(
    service: Service, stranger: Caller, carrier: Carrier
) -> None:
    squatter = service.caller(carrier)
    assert squatter.register(NOBODYS).status_code == 201
    registered(stranger, service, email=NOBODYS)
    assert code_of(squatter.login(NOBODYS, PASSWORD)) == (401, "invalid_credentials")
