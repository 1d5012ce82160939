"""From no account to a signed-in one, by both carriers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.http.callers import PASSWORD, Caller, Carrier, Serve, Service, code_of, ended_of

from tigertally.errors import EmailTaken
from tigertally.flows.administer import Administer


def set_user(service: Service, name: str, **changes: Any) -> None:
    with service.composition.store.writing() as tx:
        user = tx.users.find(name)
        assert user is not None
        tx.users.replace(replace(user, **changes))


# Accounts


def test_registering_makes_an_account_and_no_session(service: Service, carrier: Carrier) -> None:
    caller = service.caller(carrier)
    answer = caller.register("Hu Fu", "Hu@Example.com")
    assert (answer.status_code, answer.json and answer.json["status"]) == (201, 200)
    user = answer.get_json()["user"]
    assert (user["username"], user["email"], user["roles"]) == ("Hu Fu", "Hu@Example.com", [])
    assert "Set-Cookie" not in answer.headers
    assert code_of(caller.me()) == (401, "token_missing")


@pytest.mark.parametrize("login", ["Hu Fu", "hu fu", "HU FU", "Ｈｕ　Ｆｕ", " hu fu "])
def test_a_user_name_signs_in_however_it_is_written(caller: Caller, login: str) -> None:
    caller.register("Hu Fu")
    answer = caller.login(login)
    assert answer.status_code == 200
    assert caller.me().get_json()["username"] == "Hu Fu"


@pytest.mark.parametrize(
    "login", ["Tiger@Example.com", "tiger@example.COM", "ｔｉｇｅｒ@example.com"]
)
def test_a_verified_address_signs_in_as_well_as_the_name(
    caller: Caller, service: Service, login: str
) -> None:
    caller.register("tiger", "Tiger@Example.com")
    assert code_of(caller.login(login)) == (401, "invalid_credentials")
    Administer(service.composition.context).verify_email("tiger")
    assert caller.login(login).get_json()["user"]["username"] == "tiger"


def test_a_chinese_name_signs_in(caller: Caller) -> None:
    assert caller.register("虎符 一号").status_code == 201
    assert caller.login("虎符 一号").get_json()["user"]["username"] == "虎符 一号"


@pytest.mark.parametrize("name", ["hufu", "HUFU", "ｈｕｆｕ", " hufu"])
def test_a_name_belongs_to_one_account_however_it_is_written(caller: Caller, name: str) -> None:
    assert code_of(caller.register(name)) == (409, "username_taken")


def test_an_address_that_nobody_verified_keeps_nobody_out(caller: Caller) -> None:
    """Each of them signs in by name, without a way to send codes as well."""
    assert caller.register("one", "a@example.com").status_code == 201
    assert caller.register("two", "A@EXAMPLE.com").status_code == 201
    assert caller.register("a@example.com").status_code == 201
    for name in ("one", "two", "a@example.com"):
        assert caller.login(name).get_json()["user"]["username"] == name


def test_a_verified_address_is_one_accounts_and_nobodys_user_name(
    caller: Caller, service: Service
) -> None:
    for name in ("one", "two"):
        caller.register(name, "a@example.com")
    administer = Administer(service.composition.context)
    administer.verify_email("one")
    with pytest.raises(EmailTaken):
        administer.verify_email("two")
    assert code_of(caller.register("a@example.com")) == (409, "username_taken")
    assert caller.login("A@example.com").get_json()["user"]["username"] == "one"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("", "username"),
        ("   ", "username"),
        ("x" * 65, "username"),
        ("a\u202eb", "username"),
        ("a\u200bb", "username"),
        ("a\u0000b", "username"),
        ("p\u0430ypal", "username"),
        ("not@an address", "username"),
        ("\u2028", "username"),
    ],
)
def test_a_name_that_deceives_is_refused(caller: Caller, name: str, field: str) -> None:
    answer = caller.register(name)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]


@pytest.mark.parametrize("password", ["short", "x" * 129, "HUFU2026"])
def test_a_bad_password_is_refused_without_repeating_it(caller: Caller, password: str) -> None:
    body = {"username": "hufu2026", "password": password}
    answer = caller.send("POST", "/api/auth/register", body)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["password"]
    assert password not in answer.text


def test_registration_can_be_closed(serve: Serve, carrier: Carrier) -> None:
    service = serve(registration="closed")
    assert code_of(service.caller(carrier).register()) == (403, "registration_closed")


def test_a_member_that_is_not_part_of_the_contract_changes_nothing(caller: Caller) -> None:
    body = {"username": "mallory", "password": PASSWORD, "roles": ["admin"], "id": "1"}
    user = caller.send("POST", "/api/auth/register", body).get_json()["user"]
    assert user["roles"] == []
    assert user["id"] != "1"


# Signing in


def test_the_answer_to_a_sign_in_describes_session_and_user(caller: Caller) -> None:
    answer = caller.login(device={"type": "desktop", "name": "Study"})
    body = answer.get_json()
    assert (body["status"], body["token_type"], body["expires_in"]) == (200, "Bearer", 900)
    assert body["refresh_expires_in"] == 604_800
    assert body["replaced_sessions"] == []
    session = body["session"]
    assert (session["device_type"], session["device_name"]) == ("desktop", "Study")
    assert (session["ip"], session["user_agent"]) == ("127.0.0.1", "tests")
    assert (session["generation"], session["current"]) == (0, True)
    assert ("access_token" in body) == (caller.carrier == "bearer")


def test_me_shows_the_times_of_the_presented_token(user: Caller, service: Service) -> None:
    signed_in_at = int(service.clock.unix())
    service.clock.move(seconds=60)
    body = user.me().get_json()
    assert (body["username"], body["token_type"]) == ("hufu", "access")
    assert (body["login_time"], body["expiration_time"]) == (signed_in_at, signed_in_at + 900)
    assert body["session"]["id"] == user.session_id


def test_an_access_token_expires_to_the_second(user: Caller, service: Service) -> None:
    service.clock.move(seconds=899)
    assert user.me().status_code == 200
    service.clock.move(seconds=1)
    assert code_of(user.me()) == (401, "token_expired")
    assert user.refresh().status_code == 200
    assert user.me().status_code == 200


def test_every_sign_in_opens_a_session_with_a_new_name(user: Caller) -> None:
    before = (user.session_id, user.access, user.renewal, user.csrf)
    user.login()
    after = (user.session_id, user.access, user.renewal, user.csrf)
    assert not {*before} & {*after} - {""}


@pytest.mark.parametrize("password", ["two halves make two", "", " " + PASSWORD, PASSWORD + "\n"])
def test_a_wrong_password_opens_nothing(caller: Caller, password: str) -> None:
    answer = caller.login(password=password)
    assert answer.status_code in {400, 401}
    assert "Set-Cookie" not in answer.headers
    assert code_of(caller.me()) == (401, "token_missing")


def test_a_failed_sign_in_leaves_the_session_before_it_untouched(user: Caller) -> None:
    assert code_of(user.login(password="wrong half")) == (401, "invalid_credentials")
    assert user.me().status_code == 200
    assert user.refresh().status_code == 200


@pytest.mark.parametrize("language", ["zh-CN", "en", "zh;q=0.9,en;q=0.1", "tlh"])
def test_the_greeting_is_in_the_language_asked_for(caller: Caller, language: str) -> None:
    answer = caller.login(headers={"Accept-Language": language})
    spoken = "登录成功。" if "zh" in language else "You are signed in."
    assert answer.get_json()["message"] == spoken


def test_an_unnamed_device_has_no_name(caller: Caller) -> None:
    caller.login(device={"type": "app", "name": " \t\x07 "})
    assert caller.me().get_json()["session"]["device_name"] is None


def test_a_long_user_agent_is_cut(caller: Caller) -> None:
    caller.agent = "x" * 5000
    assert len(caller.login().get_json()["session"]["user_agent"]) == 400


# Disabled users


def test_only_the_right_password_reveals_a_disabled_account(
    caller: Caller, service: Service
) -> None:
    until = service.clock.now() + timedelta(hours=1)
    set_user(service, "hufu", disabled_at=service.clock.now(), disabled_until=until)
    assert code_of(caller.login(password="wrong half")) == (401, "invalid_credentials")
    answer = caller.login()
    assert code_of(answer) == (403, "user_disabled")
    assert answer.get_json()["until"].startswith(until.strftime("%Y-%m-%dT%H:%M:%S"))
    assert "Set-Cookie" not in answer.headers
    service.clock.move(hours=1)
    assert caller.login().status_code == 200


def test_an_account_disabled_without_end_shows_no_date(caller: Caller, service: Service) -> None:
    set_user(service, "hufu", disabled_at=service.clock.now())
    assert caller.login().get_json()["until"] is None


# Who may be signed in at once


def test_a_single_session_replaces_the_one_before_and_tells_both(
    serve: Serve, carrier: Carrier
) -> None:
    service = serve(session_policy="single")
    old, new = (service.caller(carrier, address=f"192.0.2.{n}") for n in (1, 2))
    old.register()
    old.login(device={"name": "Desk"})
    answer = new.login(device={"type": "app", "name": "Phone"})
    replaced = answer.get_json()["replaced_sessions"]
    assert [one["id"] for one in replaced] == [old.session_id]
    assert [one["device_name"] for one in replaced] == ["Desk"]
    for refused in (old.me(), old.refresh(), old.me()):
        evidence = ended_of(refused)
        assert evidence["reason"] == "replaced"
        assert evidence["by"] == {"device_name": "Phone", "ip": "192.0.2.2"}
        assert evidence["ended_at"] is not None
    assert new.me().status_code == 200


def test_one_session_for_each_kind_of_device(serve: Serve, carrier: Carrier) -> None:
    service = serve(session_policy="per_device_type")
    web, app, second = (service.caller(carrier) for _ in range(3))
    web.register()
    web.login(device={"type": "web"})
    assert app.login(device={"type": "app"}).get_json()["replaced_sessions"] == []
    assert len(second.login(device={"type": "app"}).get_json()["replaced_sessions"]) == 1
    assert ended_of(app.me())["reason"] == "replaced"
    assert web.me().status_code == second.me().status_code == 200


def test_beyond_the_limit_the_oldest_session_leaves(serve: Serve, carrier: Carrier) -> None:
    service = serve(session_policy="limit:2")
    first, second, third = (service.caller(carrier) for _ in range(3))
    first.register()
    for each in (first, second, third):
        service.clock.move(seconds=1)
        each.login()
    assert ended_of(first.me())["reason"] == "evicted"
    assert second.me().status_code == third.me().status_code == 200


@pytest.mark.parametrize("kind", ["web", "h5", "mini_program", "app", "desktop", "api"])
def test_no_kind_of_device_that_a_caller_names_escapes_the_policy(
    serve: Serve, carrier: Carrier, kind: str
) -> None:
    service = serve(session_policy="single")
    person, other = service.caller(carrier), service.caller(carrier)
    person.register()
    person.login()
    assert len(other.login(device={"type": kind}).get_json()["replaced_sessions"]) == 1
    assert ended_of(person.me())["reason"] == "replaced"
    refusing = serve(session_policy="single", session_overflow="refuse")
    first, second = refusing.caller(carrier), refusing.caller(carrier)
    first.register()
    first.login()
    assert code_of(second.login(device={"type": kind})) == (409, "too_many_sessions")


def test_a_policy_can_refuse_the_newcomer_instead(serve: Serve, carrier: Carrier) -> None:
    service = serve(session_policy="single", session_overflow="refuse")
    first, second = service.caller(carrier), service.caller(carrier)
    first.register()
    first.login()
    refused = second.login()
    assert code_of(refused) == (409, "too_many_sessions")
    assert "Set-Cookie" not in refused.headers
    assert first.me().status_code == 200
    first.logout()
    assert second.login().status_code == 200


def test_a_replaced_session_cannot_come_back_by_a_refresh(serve: Serve, carrier: Carrier) -> None:
    service = serve(session_policy="single")
    old, new = service.caller(carrier), service.caller(carrier)
    old.register()
    old.login()
    stolen = old.copy()
    new.login()
    assert ended_of(old.refresh())["reason"] == "replaced"
    assert ended_of(stolen.refresh())["reason"] == "replaced"
    assert new.me().status_code == 200
