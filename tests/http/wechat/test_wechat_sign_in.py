"""Signing in with a mini program: accounts, policies, and one outcome for each code."""

import threading
from typing import Any

import pytest
from tests.conftest import Compose
from tests.http.wechat.conftest import ADA, BO, Phone, Place, code_of, json_of, make_place

from tigertally.core.identities import Mine, Opened
from tigertally.core.sessions import Device
from tigertally.flows.steps.exchange_code import HELD_FOR, ExchangeCode, PresentedCode
from tigertally.secret import Secret
from tigertally.testing.wechat import Fault, Person, StandIn

NONCE = "n" * 32


def events_of(place: Place, name: str) -> list[Any]:
    """Return the events of that name, of everybody."""
    with place.composition.store.connection(writing=False) as connection:
        query = "select name, reason, user_id from tally_events where name = ?"
        return list(connection.exec_driver_sql(query, (name,)))


def users_of(place: Place) -> int:
    """Return how many accounts there are."""
    with place.composition.context.store.reading() as tx:
        return len(tx.users.page(after=None, limit=100))


def test_the_first_sign_in_makes_the_account_and_the_next_finds_it(ada: Phone) -> None:
    first, second = json_of(ada.login()), json_of(ada.login())
    assert (first["created"], second["created"]) == (True, False)
    assert first["user"]["id"] == second["user"]["id"]
    assert first["user"]["username"].startswith("wechat-")
    assert first["session"]["id"] != second["session"]["id"]


def test_an_account_made_this_way_has_no_password(ada: Phone) -> None:
    name = json_of(ada.login())["user"]["username"]
    for password in ("", " ", "None", "null"):
        body = {"username": name, "password": password or "x"}
        answer = ada.client.post("/api/auth/login", json=body)
        assert code_of(answer) == (401, "invalid_credentials")


def test_two_people_have_two_accounts(place: Place) -> None:
    first, second = place.phone(ADA).login(), place.phone(BO).login()
    assert json_of(first)["user"]["id"] != json_of(second)["user"]["id"]


def test_the_session_is_a_mini_programs_whatever_the_client_says(ada: Phone) -> None:
    answer = ada.login(device={"type": "desktop", "name": "Ada's phone"})
    session = json_of(answer)["session"]
    assert (session["device_type"], session["device_name"]) == ("mini_program", "Ada's phone")


def test_the_tokens_of_a_mini_program_are_as_good_as_any(ada: Phone) -> None:
    body = json_of(ada.login())
    assert ada.call("GET", "/api/me").status_code == 200
    headers = {"Authorization": f"Bearer {body['refresh_token']}"}
    assert ada.client.post("/api/auth/refresh", headers=headers).status_code == 200
    assert ada.call("DELETE", "/api/auth/logout").status_code == 200
    assert code_of(ada.call("GET", "/api/me")) == (401, "session_ended")


def test_cookies_carry_the_tokens_where_asked_for(ada: Phone) -> None:
    body = json_of(ada.login(delivery="cookie", remember=True))
    assert body["created"] is True
    assert "access_token" not in body
    assert ada.client.get("/api/me").status_code == 200


def test_a_foreign_page_signs_nobody_in_with_cookies(ada: Phone) -> None:
    body = {"code": ada.code(), "app_id": ada.app_id, "delivery": "cookie"}
    answer = ada.client.post(
        "/api/auth/login/wechat-mini", json=body, headers={"Origin": "https://evil.example"}
    )
    assert code_of(answer) == (403, "csrf_failed")
    assert ada.place.wechat.asked == []


@pytest.mark.parametrize("policy", ["single", "per_device_type"])
def test_the_second_phone_replaces_the_first_which_learns_why(
    compose_with: Compose, settings: dict[str, object], wechat: StandIn, policy: str
) -> None:
    place = make_place(compose_with, settings | {"session_policy": policy}, wechat)
    old, new = place.phone(), place.phone()
    gone = json_of(old.login())["session"]["id"]
    answer = json_of(new.login(device={"name": "the new phone"}))
    assert [one["id"] for one in answer["replaced_sessions"]] == [gone]
    refused = old.call("GET", "/api/me")
    assert code_of(refused) == (401, "session_ended")
    assert json_of(refused)["reason"] == "replaced"
    assert json_of(refused)["by"]["device_name"] == "the new phone"
    assert new.call("GET", "/api/me").status_code == 200


def test_where_the_policy_refuses_the_same_code_is_refused_again_and_then_succeeds(
    compose_with: Compose, settings: dict[str, object], wechat: StandIn
) -> None:
    """The code is spent at WeChat, but what it said is kept: no new one is needed."""
    policy = {"session_policy": "single", "session_overflow": "refuse"}
    place = make_place(compose_with, settings | policy, wechat)
    old, new = place.phone(), place.phone()
    old.login()
    code = new.code()
    for _ in range(2):
        assert code_of(new.login(code)) == (409, "too_many_sessions")
    old.call("DELETE", "/api/auth/logout")
    assert new.login(code).status_code == 200
    assert wechat.asked == ["/sns/jscode2session"] * 2


def test_closed_registration_closes_this_way_too(
    compose_with: Compose, settings: dict[str, object], wechat: StandIn
) -> None:
    open_, closed = (
        make_place(compose_with, settings | {"registration": word}, wechat)
        for word in ("open", "closed")
    )
    assert code_of(closed.phone().login()) == (403, "registration_closed")
    assert users_of(closed) == 0
    assert open_.phone().login().status_code == 200
    assert closed.phone().login().status_code == 200


def test_a_disabled_user_hears_it_and_keeps_hearing_it(ada: Phone) -> None:
    user_id = json_of(ada.login())["user"]["id"]
    with ada.place.composition.store.connection(writing=True) as connection:
        disable = "update tally_users set disabled_at = 1 where id = ?"
        connection.exec_driver_sql(disable, (user_id,))
    code = ada.code()
    for _ in range(2):
        assert code_of(ada.login(code)) == (403, "user_disabled")


def test_signing_in_takes_a_deletion_back(ada: Phone) -> None:
    first = json_of(ada.login())
    assert ada.call("DELETE", "/api/me").status_code == 200
    assert code_of(ada.call("GET", "/api/me")) == (401, "session_ended")
    back = json_of(ada.login())
    assert back["user"]["id"] == first["user"]["id"]
    assert back["message"] == "Welcome back. Your account will not be deleted."


def test_after_the_cool_off_the_identity_is_gone_and_makes_a_new_account(ada: Phone) -> None:
    first = json_of(ada.login())
    ada.call("DELETE", "/api/me")
    ada.place.clock.move(days=15)
    second = json_of(ada.login())
    assert second["created"] is True
    assert second["user"]["id"] != first["user"]["id"]


def test_purging_an_account_purges_its_identities(ada: Phone) -> None:
    ada.login()
    ada.call("DELETE", "/api/me")
    ada.place.clock.move(days=15)
    with ada.place.composition.context.store.writing() as tx:
        tx.users.purge(ada.place.clock.now(), 10)
    with ada.place.composition.store.connection(writing=False) as connection:
        assert connection.exec_driver_sql("select count(*) from tally_identities").scalar() == 0


# Apps and union ids.


def test_a_person_is_the_same_in_all_apps_of_one_owner(place: Place) -> None:
    first = json_of(place.phone(ADA, app=0).login())
    second = json_of(place.phone(ADA, app=1).login())
    assert second["created"] is False
    assert second["user"]["id"] == first["user"]["id"]


def test_without_a_union_id_each_app_has_its_own_accounts(place: Place) -> None:
    person = Person("solo", has_union=False)
    first, second = (json_of(place.phone(person, app).login()) for app in (0, 1))
    assert first["user"]["id"] != second["user"]["id"]


def test_a_union_id_that_comes_later_is_learned(place: Place) -> None:
    """The operator bound the apps to one owner after the first sign-ins."""
    before = Person("late", has_union=False)
    first = json_of(place.phone(before, app=0).login())
    place.phone(Person("late"), app=0).login()
    assert json_of(place.phone(Person("late"), app=1).login())["user"] == first["user"]


def test_a_union_id_of_another_platform_is_another_persons(place: Place) -> None:
    """WeChat's and Douyin's union ids are two kinds of names, be they ever so equal."""
    first = json_of(place.phone(ADA).login())
    code = place.wechat.issue_code(place.wechat.app_ids[0], ADA)
    second = place.app.test_client().post("/api/auth/login/douyin-mini", json={"code": code})
    assert json_of(second)["user"]["id"] != first["user"]["id"]
    assert json_of(second)["user"]["username"].startswith("douyin-")
    assert json_of(second)["session"]["device_type"] == "mini_program"


def test_the_first_app_is_meant_where_none_is_named(place: Place) -> None:
    client, app_id = place.app.test_client(), place.wechat.app_ids[0]
    code = place.wechat.issue_code(app_id, ADA)
    assert client.post("/api/auth/login/wechat-mini", json={"code": code}).status_code == 200


def test_an_app_that_is_not_set_up_is_refused_before_wechat_is_asked(ada: Phone) -> None:
    answer = ada.login(app_id="wx0000000000000000")
    assert code_of(answer) == (400, "invalid_request")
    assert ada.place.wechat.app_ids[0] in json_of(answer)["fields"]["app_id"][0]
    assert ada.place.wechat.asked == []


def test_a_provider_that_is_not_set_up_is_not_there(compose_with: Compose) -> None:
    client = make_place(compose_with, {}, None).app.test_client()  # type: ignore[arg-type]
    for provider in ("wechat-mini", "wechat-web", "douyin-mini", "github", "%00"):
        answer = client.post(f"/api/auth/login/{provider}", json={"code": "c"})
        assert code_of(answer) == (404, "not_found"), provider
    assert json_of(client.get("/api/auth/providers")) == {"providers": []}


def test_the_providers_that_are_set_up_are_listed(place: Place) -> None:
    listed = json_of(place.app.test_client().get("/api/auth/providers"))["providers"]
    assert {one["provider"]: one["has_page"] for one in listed} == {
        "wechat-mini": False,
        "wechat-web": True,
        "douyin-mini": False,
    }
    assert listed[0]["app_ids"] == list(place.wechat.app_ids)


# What WeChat can answer, as the caller hears it.


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40029, (401, "provider_code_invalid")),
        (40163, (401, "provider_code_invalid")),
        (40226, (403, "provider_user_blocked")),
        (45011, (429, "rate_limited")),
        (45009, (429, "rate_limited")),
        (40013, (500, "provider_misconfigured")),
        (40125, (500, "provider_misconfigured")),
        (41002, (500, "provider_misconfigured")),
        (41004, (500, "provider_misconfigured")),
        (48001, (500, "provider_misconfigured")),
        (40164, (500, "provider_misconfigured")),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_each_refusal_of_wechat_is_answered_as_the_contract_has_it(
    ada: Phone, errcode: int, expected: tuple[int, str], language: str
) -> None:
    ada.place.wechat.fail_next(errcode=errcode)
    ada.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    answer = ada.login()
    assert code_of(answer) == expected
    assert str(errcode) not in answer.text, "the detail is the operator's"
    assert ("Retry-After" in answer.headers) == (expected[0] == 429)
    assert [tuple(event)[1] for event in events_of(ada.place, "account:session:refused")] == [
        expected[1]
    ]


def test_a_busy_wechat_is_unavailable_and_the_same_code_works_later(ada: Phone) -> None:
    ada.place.wechat.fail_next(errcode=-1, times=2)
    code = ada.code()
    answer = ada.login(code)
    assert code_of(answer) == (503, "upstream_unavailable")
    assert json_of(answer)["request_id"] == answer.headers["X-Request-Id"]
    assert ada.login(code).status_code == 200


def test_a_lost_answer_of_wechat_is_unavailable_and_the_code_then_spent(ada: Phone) -> None:
    ada.place.wechat.fail_next(Fault.CUT)
    code = ada.code()
    assert code_of(ada.login(code)) == (503, "upstream_unavailable")
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")
    assert ada.login().status_code == 200


def test_a_code_is_good_for_five_minutes(ada: Phone) -> None:
    code = ada.code()
    ada.place.clock.move(minutes=5)
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")


def test_a_code_of_another_app_is_invalid(place: Place) -> None:
    first, second = place.phone(app=0), place.phone(app=1)
    assert code_of(first.login(second.code())) == (401, "provider_code_invalid")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"code": 7},
        {"code": ""},
        {"code": "c" * 513},
        {"code": "\x00"},
        {"code": "c", "app_id": "a b"},
        {"code": "c", "device": {"type": "fridge"}},
    ],
)
def test_a_request_that_does_not_fit_never_reaches_wechat(ada: Phone, body: object) -> None:
    answer = ada.client.post("/api/auth/login/wechat-mini", json=body)
    assert answer.status_code == 400
    assert ada.place.wechat.asked == []


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


def test_after_a_minute_the_code_is_merely_spent(ada: Phone) -> None:
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


def test_the_same_code_is_worth_nothing_once_its_session_has_gone_on(ada: Phone) -> None:
    code = ada.code()
    token = json_of(ada.login(code))["refresh_token"]
    ada.client.post("/api/auth/refresh", headers={"Authorization": f"Bearer {token}"})
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")
    assert ada.call("GET", "/api/me").status_code == 200, "and nobody is signed out by it"


def test_a_bound_session_is_given_again_only_to_who_bound_it(ada: Phone) -> None:
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
        answers.append(client.post("/api/auth/login/wechat-mini", json=body))

    threads = [threading.Thread(target=present) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({json_of(answer)["refresh_token"] for answer in answers}) == 1
    assert ada.place.wechat.asked == ["/sns/jscode2session"]
    assert users_of(ada.place) == 1


def test_an_address_that_sends_a_hundred_wrong_codes_has_to_wait(ada: Phone) -> None:
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
    threads = [threading.Thread(target=phone.login) for phone in phones]
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


def test_who_was_too_slow_finds_the_others_outcome(ada: Phone) -> None:
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
