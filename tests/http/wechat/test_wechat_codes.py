"""One outcome for each code, however often and by whomever it is presented."""

import threading

from tests.conftest import Compose
from tests.http.wechat.conftest import ADA, Phone, Place, code_of, json_of, make_place
from tests.http.wechat.reading import events_of, users_of
from tests.waiting import ask_until_served

from tigertally.core.identities import Mine, Opened
from tigertally.core.sessions import Device
from tigertally.flows.steps.exchange_code import HELD_FOR, ExchangeCode, PresentedCode
from tigertally.secret import Secret
from tigertally.testing.wechat import StandIn

NONCE = "n" * 32


# One outcome for each code.


def test_the_same_code_again_gets_the_same_session_and_the_same_bytes(ada: Phone) -> None:
    code = ada.code()
    first = json_of(ada.login(code))
    ada.place.clock.move(seconds=59)
    second = json_of(ada.login(code))
    assert second["refresh_token"] == first["refresh_token"]
    assert second["session"] == first["session"]
    assert second["created"] is True, "the outcome was an account"
    assert len(json_of(ada.call("GET", "/api/auth/sessions"))["sessions"]) == 1
    assert ada.place.wechat.asked == ["/sns/jscode2session"]
    assert len(events_of(ada.place, "account:session:opened")) == 1


def test_the_same_code_again_names_the_same_sessions_that_it_replaced(
    compose_with: Compose, settings: dict[str, object], wechat: StandIn
) -> None:
    place = make_place(compose_with, settings | {"session_policy": "single"}, wechat)
    phone = place.phone()
    phone.login()
    code = phone.code()
    first, second = json_of(phone.login(code)), json_of(phone.login(code))
    assert len(first["replaced_sessions"]) == 1
    assert second["replaced_sessions"] == first["replaced_sessions"]


def test_after_a_minute_the_code_is_used_up(ada: Phone) -> None:
    code = ada.code()
    ada.login(code)
    ada.place.clock.move(seconds=60)
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")


def test_the_same_code_brings_no_ended_session_back(ada: Phone) -> None:
    code = ada.code()
    ada.login(code)
    ada.call("DELETE", "/api/auth/logout")
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")
    assert ada.login().status_code == 200


def test_the_same_code_is_refused_once_its_session_was_refreshed(ada: Phone) -> None:
    code = ada.code()
    token = json_of(ada.login(code))["refresh_token"]
    ada.client.post("/api/auth/refresh", headers={"Authorization": f"Bearer {token}"})
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")
    assert ada.call("GET", "/api/me").status_code == 200, "and nobody is signed out by it"


def test_a_bound_session_is_repeated_only_for_its_own_nonce(ada: Phone) -> None:
    """A thief who overheard the code does not know the nonce."""
    code = ada.code()
    first = json_of(ada.login(code, nonce=NONCE))
    for other in (None, "m" * 32):
        assert code_of(ada.login(code, nonce=other)) == (401, "provider_code_invalid")
    assert json_of(ada.login(code, nonce=NONCE))["refresh_token"] == first["refresh_token"]


def test_a_code_at_two_providers_is_two_codes(place: Place) -> None:
    """Codes are told apart by provider and app, not only by their text."""
    client, wechat = place.app.test_client(), place.wechat
    code = wechat.issue_code(wechat.app_ids[0], ADA)
    assert client.post("/api/auth/login/wechat-mini", json={"code": code}).status_code == 200
    answer = client.post("/api/auth/login/douyin-mini", json={"code": code})
    assert code_of(answer) == (401, "provider_code_invalid")


def test_twelve_presentations_at_once_open_one_session(ada: Phone) -> None:
    ada.place.wechat.fail_next(delay=0.1)
    code, answers = ada.code(), []

    def present() -> None:
        client = ada.place.app.test_client()
        body = {"code": code, "app_id": ada.app_id}
        # Six threads wait for WeChat at once, and the others a second for theirs.
        answers.append(
            ask_until_served(lambda: client.post("/api/auth/login/wechat-mini", json=body))
        )

    threads = [threading.Thread(target=present) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({json_of(answer)["refresh_token"] for answer in answers}) == 1
    assert ada.place.wechat.asked == ["/sns/jscode2session"]
    assert users_of(ada.place) == 1


def test_an_address_with_a_hundred_wrong_codes_must_wait(ada: Phone) -> None:
    """Each would cost a question of the app's daily quota, which is everybody's."""
    answers = [ada.login(f"code-{number}") for number in range(101)]
    assert [answer.status_code for answer in answers] == [401] * 100 + [429]
    assert len(ada.place.wechat.asked) == 100
    assert code_of(ada.login()) == (429, "rate_limited")
    ada.place.clock.move(seconds=600)
    assert ada.login().status_code == 200


def test_right_codes_are_never_counted(ada: Phone) -> None:
    for _ in range(3):
        for number in range(33):
            assert ada.login(f"code-{number}").status_code == 401
        assert ada.login().status_code == 200
    assert ada.login().status_code == 200


def test_two_codes_of_a_new_person_at_once_make_one_account(place: Place) -> None:
    phones = [place.phone() for _ in range(6)]
    threads = [
        threading.Thread(target=lambda phone=phone: ask_until_served(phone.login))
        for phone in phones
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert users_of(place) == 1
    assert all(phone.call("GET", "/api/me").status_code == 200 for phone in phones)


def test_a_code_whose_worker_died_is_taken_over(ada: Phone) -> None:
    """It had claimed the code, and was killed before it asked WeChat."""
    code = ada.code()
    _claim_and_die(ada, code)
    ada.place.clock.move(seconds=HELD_FOR.total_seconds())
    assert ada.login(code).status_code == 200


def test_a_code_that_died_after_it_was_spent_needs_a_new_one(ada: Phone) -> None:
    """Killed between WeChat's answer and our commit: there is no session, and that is said."""
    code = ada.code()
    _claim_and_die(ada, code)
    ada.place.wechat.world.spend(code, ada.app_id, "login")
    ada.place.clock.move(seconds=HELD_FOR.total_seconds())
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")
    assert ada.login().status_code == 200


def test_a_slow_worker_finds_the_outcome_of_the_other(ada: Phone) -> None:
    """The claim of a worker that was frozen has run out, and its finish changes nothing."""
    code = ada.code()
    holder = _claim_and_die(ada, code)
    ada.place.clock.move(seconds=HELD_FOR.total_seconds())
    session = json_of(ada.login(code))["session"]["id"]
    with ada.place.composition.context.store.writing() as tx:
        codes = tx.sign_in_codes
        assert codes.finish(_hash(ada, code), holder, Opened("x", False, [])) is False
        codes.release(_hash(ada, code), holder)
    assert json_of(ada.login(code))["session"]["id"] == session


def test_old_codes_are_forgotten(ada: Phone) -> None:
    ada.login()
    ada.place.clock.move(seconds=61)
    with ada.place.composition.context.store.writing() as tx:
        assert tx.sign_in_codes.purge(ada.place.clock.now(), 10) == 1


def _hash(phone: Phone, code: str) -> str:
    composition = phone.place.composition
    exchange = ExchangeCode(composition.context, composition.services.outside, "sign-in")
    return exchange._hash(PresentedCode("wechat-mini", phone.app_id, Secret(code), Device()))


def _claim_and_die(phone: Phone, code: str) -> str:
    now = phone.place.clock.now()
    with phone.place.composition.context.store.writing() as tx:
        claim = tx.sign_in_codes.claim(
            _hash(phone, code),
            "a-dead-worker",
            now,
            held_until=now + HELD_FOR,
            until=now + HELD_FOR * 5,
        )
    assert claim == Mine(None)
    return "a-dead-worker"
