"""A new password by a code: every session ends, and only the account that got the code changes."""

import pytest
from tests.http.callers import PASSWORD, Caller, Service, code_of, ended_of
from tests.http.codes.mailbox import (
    EMAIL,
    NEW,
    PHONE,
    asked,
    json_of,
    last_code,
    mailbox,
    reset,
    sign_in,
    wrong,
)

from tigertally.core.senders import Letter
from tigertally.flows.administer import Administer


@pytest.mark.parametrize("target", [{"email": EMAIL}, {"phone": PHONE}])
def test_a_reset_sets_the_password_and_ends_every_session(
    lina: Caller, service: Service, stranger: Caller, target: dict[str, str]
) -> None:
    second = service.caller("bearer")
    second.login()
    challenge_id = asked(stranger, "reset", **target)
    assert reset(stranger, challenge_id, last_code(service)).status_code == 200
    for session in (lina, second):
        assert ended_of(session.me())["reason"] == "password_changed"
    assert code_of(stranger.login(password=PASSWORD)) == (401, "invalid_credentials")
    assert stranger.login(password=NEW).status_code == 200


def test_the_owner_gets_a_notice(lina: Caller, service: Service, stranger: Caller) -> None:
    challenge_id = asked(stranger, "reset", phone=PHONE)
    reset(stranger, challenge_id, last_code(service))
    notice = mailbox(service).messages[-1]
    assert (notice.letter, notice.to.value) == (Letter.PASSWORD_RESET, EMAIL)


def test_an_address_that_only_the_profile_has_gets_the_notice(
    service: Service, stranger: Caller
) -> None:
    """An operator may have verified it; then it gets codes too."""
    stranger.register(email=EMAIL)
    Administer(service.composition.context).verify_email("hufu")
    challenge_id = asked(stranger, "reset")
    assert reset(stranger, challenge_id, last_code(service)).status_code == 200
    notice = mailbox(service).messages[-1]
    assert (notice.letter, notice.to.value) == (Letter.PASSWORD_RESET, EMAIL)


def test_an_address_gets_one_notice(lina: Caller, service: Service, stranger: Caller) -> None:
    """It is a contact, and the profile has it as well."""
    challenge_id = asked(stranger, "reset")
    reset(stranger, challenge_id, last_code(service))
    notices = [one for one in mailbox(service).messages if one.letter is Letter.PASSWORD_RESET]
    assert len(notices) == 1


def test_a_reset_ends_all_other_codes_of_the_account(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    for_login = asked(stranger, phone=PHONE)
    code = last_code(service)
    for_reset = asked(stranger, "reset")
    assert reset(stranger, for_reset, last_code(service)).status_code == 200
    assert code_of(sign_in(stranger, for_login, code)) == (401, "code_invalid")


def test_the_account_is_decided_when_the_code_is_sent(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    """Nothing in the request that brings the code back names an account."""
    victim = service.caller("bearer")
    victim.register("victim")
    challenge_id = asked(stranger, "reset")
    body = {
        "challenge_id": challenge_id,
        "code": last_code(service),
        "new_password": NEW,
        "username": "victim",
        "email": "victim@example.com",
        "phone": "13900139000",
        "user_id": "victim",
    }
    assert stranger.send("POST", "/api/auth/password/reset", body).status_code == 200
    assert victim.login("victim").status_code == 200
    assert stranger.login(password=NEW).status_code == 200


@pytest.mark.parametrize("bad", ["short", "hufu", "password123"])
def test_a_password_that_is_refused_costs_no_code(
    lina: Caller, service: Service, stranger: Caller, bad: str
) -> None:
    challenge_id, code = asked(stranger, "reset"), last_code(service)
    for _ in range(6):
        assert code_of(reset(stranger, challenge_id, code, bad)) == (400, "invalid_request")
    assert reset(stranger, challenge_id, code).status_code == 200


def test_a_wrong_code_changes_nothing(lina: Caller, service: Service, stranger: Caller) -> None:
    challenge_id, code = asked(stranger, "reset"), last_code(service)
    for left in (4, 3, 2, 1, 0):
        refused = json_of(reset(stranger, challenge_id, wrong(code)), 401)
        assert (refused["code"], refused["tries_left"]) == ("code_invalid", left)
    assert code_of(reset(stranger, challenge_id, code)) == (401, "code_invalid")
    assert lina.me().status_code == 200
    assert stranger.login(password=PASSWORD).status_code == 200


def test_a_reset_opens_the_locks_of_the_account(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    for _ in range(6):
        stranger.login(password="wrong wrong")
    assert code_of(stranger.login(password=PASSWORD)) == (429, "rate_limited")
    challenge_id = asked(stranger, "reset")
    assert reset(stranger, challenge_id, last_code(service)).status_code == 200
    assert stranger.login(password=NEW).status_code == 200
