"""Signing in with a code: once, for the account it was sent to, under the same rules."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.http.callers import Caller, Serve, Service, code_of
from tests.http.codes.mailbox import (
    EMAIL,
    PHONE,
    ask,
    asked,
    give_mailbox,
    json_of,
    last_code,
    reset,
    sign_in,
    verified,
    wrong,
)

from tigertally.flows.administer import Administer


@pytest.mark.parametrize("target", [{"email": EMAIL}, {"phone": PHONE}])
def test_a_code_signs_in_to_the_account_that_it_was_sent_to(
    lina: Caller, service: Service, stranger: Caller, target: dict[str, str]
) -> None:
    challenge_id = asked(stranger, **target)
    assert sign_in(stranger, challenge_id, last_code(service)).status_code == 200
    assert json_of(stranger.me())["user"]["username"] == "hufu"
    events = json_of(stranger.send("GET", "/api/auth/events"))["events"]
    assert [one["name"] for one in events[:2]] == ["account:session:opened", "account:code:sent"]


def test_a_code_works_once(lina: Caller, service: Service, stranger: Caller) -> None:
    challenge_id, code = asked(stranger), last_code(service)
    assert sign_in(stranger, challenge_id, code).status_code == 200
    again = sign_in(service.caller("bearer"), challenge_id, code)
    assert code_of(again) == (401, "code_invalid")


def test_one_of_a_hundred_simultaneous_right_codes_opens_a_session(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id, code = asked(stranger), last_code(service)

    def bring_back(number: int) -> int:
        caller = service.caller("bearer", address=f"198.51.100.{number}")
        return sign_in(caller, challenge_id, code).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(bring_back, range(100)))
    assert sorted(answers) == [200] + [401] * 99


def test_after_five_wrong_codes_the_right_one_is_wrong_too(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id, code = asked(stranger), last_code(service)
    left = [
        json_of(sign_in(stranger, challenge_id, wrong(code)), 401)["tries_left"] for _ in range(6)
    ]
    assert left == [4, 3, 2, 1, 0, 0]
    assert code_of(sign_in(stranger, challenge_id, code)) == (401, "code_invalid")


def test_guesses_at_a_code_that_was_sent_to_nobody_get_the_same_answers(
    service: Service, stranger: Caller
) -> None:
    challenge_id = asked(stranger, email="nobody@example.com")
    answers = [json_of(sign_in(stranger, challenge_id, "000000"), 401) for _ in range(6)]
    assert [answer["tries_left"] for answer in answers] == [4, 3, 2, 1, 0, 0]
    assert {answer["code"] for answer in answers} == {"code_invalid"}


def test_a_code_expires_after_five_minutes(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id, code = asked(stranger), last_code(service)
    service.clock.move(minutes=5)
    assert code_of(sign_in(stranger, challenge_id, code)) == (401, "code_expired")


def test_a_code_of_one_purpose_is_of_no_use_for_another(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    for_login = asked(stranger)
    code = last_code(service)
    assert code_of(reset(stranger, for_login, code)) == (401, "code_invalid")
    service.clock.move(seconds=61)
    for_reset = asked(stranger, "reset")
    assert code_of(sign_in(stranger, for_reset, last_code(service))) == (401, "code_invalid")


def test_a_newer_code_takes_the_place_of_the_former_one(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    first, code = asked(stranger), last_code(service)
    service.clock.move(seconds=61)
    second = asked(stranger)
    assert code_of(sign_in(stranger, first, code)) == (401, "code_invalid")
    assert sign_in(stranger, second, last_code(service)).status_code == 200


def test_tickets_and_tokens_are_not_interchangeable(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    challenge_id = asked(stranger)
    headers = {"Authorization": f"Bearer {challenge_id}"}
    answer = service.client().get("/api/me", headers=headers)
    assert code_of(answer) == (401, "token_invalid")


def test_a_sign_in_by_code_keeps_to_the_session_policy(serve: Serve) -> None:
    service = give_mailbox(serve(mail="log", session_policy="single"))
    user = service.caller("bearer")
    user.register()
    user.login()
    verified(user, service, email=EMAIL)
    other = service.caller("bearer")
    answer = json_of(sign_in(other, asked(other), last_code(service)))
    assert [one["id"] for one in answer["replaced_sessions"]] == [user.session_id]
    assert code_of(user.me()) == (401, "session_ended")


def test_only_the_right_code_reveals_a_disabled_account(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    administer = Administer(service.composition.context)
    administer.disable("hufu", reason="test", until=None)
    assert ask(stranger).status_code == 202
    service.clock.move(seconds=61)
    challenge_id, code = asked(stranger), last_code(service)
    assert code_of(sign_in(stranger, challenge_id, wrong(code))) == (401, "code_invalid")
    assert code_of(sign_in(stranger, challenge_id, code)) == (403, "user_disabled")
