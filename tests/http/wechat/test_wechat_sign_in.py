"""Signing in with a mini program: accounts, policies, apps and union ids."""

import pytest
from tests.conftest import Compose
from tests.http.wechat.conftest import ADA, BO, Phone, Place, code_of, json_of, make_place
from tests.http.wechat.reading import users_of

from tigertally.testing.wechat import Person, StandIn


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


def test_tokens_of_a_mini_program_work_like_any(ada: Phone) -> None:
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
def test_a_second_phone_replaces_the_first_and_tells_it_why(
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


def test_a_code_refused_by_the_policy_succeeds_later(
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


def test_a_disabled_user_is_told_so_each_time(ada: Phone) -> None:
    user_id = json_of(ada.login())["user"]["id"]
    with ada.place.composition.store.connection(writing=True) as connection:
        disable = "update tally_users set disabled_at = 1 where id = ?"
        connection.exec_driver_sql(disable, (user_id,))
    code = ada.code()
    for _ in range(2):
        assert code_of(ada.login(code)) == (403, "user_disabled")


def test_signing_in_cancels_a_deletion(ada: Phone) -> None:
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
    assert json_of(client.get("/api/auth/providers")) == {"providers": [], "codes": []}


def test_the_providers_that_are_set_up_are_listed(place: Place) -> None:
    listed = json_of(place.app.test_client().get("/api/auth/providers"))["providers"]
    assert {one["provider"]: one["has_page"] for one in listed} == {
        "wechat-mini": False,
        "wechat-web": True,
        "douyin-mini": False,
    }
    assert listed[0]["app_ids"] == list(place.wechat.app_ids)
