"""What administrators do to other people's accounts and sessions."""

from datetime import timedelta
from typing import Any

import pytest
from tests.http.admin.conftest import MakePerson
from tests.http.callers import PASSWORD, Caller, Json, Service, code_of, ended_of

from tigertally.clock import rfc3339

NEW = "a password of my own"
STRONGER = ["disable", "enable", "unlock", "password", "sign_out", "restore"]


@pytest.fixture
def lina(person: MakePerson) -> Caller:
    """Somebody who is signed in, from another address than the administrator."""
    return person("lina", address="192.0.2.7")


def shown(boss: Caller, name: str) -> Json:
    """Return an account as it is listed."""
    (found,) = boss.send("GET", f"/api/admin/users?q={name}").get_json()["users"]
    user: Json = found
    return user


def act(boss: Caller, name: str, what: str, body: object = None) -> Json:
    """Act on an account, and return the answer."""
    answer = boss.send("POST", f"/api/admin/users/{shown(boss, name)['id']}/{what}", body)
    assert answer.status_code == 200, answer.text
    answered: Json = answer.get_json()
    return answered


def events(boss: Caller, query: str) -> list[Json]:
    """Return events, newest first."""
    found: list[Json] = boss.send("GET", f"/api/admin/events?{query}").get_json()["events"]
    return found


def test_a_disabled_account_is_out_at_once_and_until_then(
    service: Service, boss: Caller, lina: Caller
) -> None:
    until = service.clock.now() + timedelta(minutes=3)
    answer = act(boss, "lina", "disable", {"reason": "spam", "until": rfc3339(until)})
    assert answer["ended"] == 1
    assert answer["user"]["state"] == "disabled"
    assert ended_of(lina.me())["reason"] == "disabled"
    assert ended_of(lina.refresh())["reason"] == "disabled"
    refused = lina.login("lina")
    assert code_of(refused) == (403, "user_disabled")
    assert refused.get_json()["until"] == rfc3339(until)
    assert "spam" not in refused.text
    assert code_of(lina.login("lina", "wrong password")) == (401, "invalid_credentials")
    service.clock.move(seconds=181)
    assert lina.login("lina").status_code == 200
    assert shown(boss, "lina")["state"] == "active"


def test_an_enabled_account_signs_in_again(boss: Caller, lina: Caller) -> None:
    act(boss, "lina", "disable", {"reason": "spam"})
    assert code_of(lina.login("lina")) == (403, "user_disabled")
    answer = act(boss, "lina", "enable")
    assert (answer["user"]["state"], answer["user"]["disabled_reason"]) == ("active", None)
    assert lina.login("lina").status_code == 200


def test_each_act_says_who_did_it_and_what_changed(boss: Caller, lina: Caller) -> None:
    act(boss, "lina", "disable", {"reason": "spam"})
    ended, disabled = sorted(
        events(boss, "actor=boss"), key=lambda one: one["name"] == "admin:user:disabled"
    )
    assert (disabled["username"], disabled["actor_name"]) == ("lina", "boss")
    assert disabled["ip"] == "127.0.0.1"
    changes = {one["field"]: (one["before"], one["after"]) for one in disabled["changes"]}
    assert changes["disabled_reason"] == (None, "spam")
    assert (ended["name"], ended["reason"]) == ("admin:session:ended", "disabled")
    assert ended["session_id"] == lina.session_id
    act(boss, "lina", "enable")
    lina.login("lina")
    own = lina.send("GET", "/api/auth/events").get_json()["events"]
    seen = next(one for one in own if one["name"] == "admin:user:disabled")
    assert (seen["ip"], seen["user_agent"]) == (None, None)
    assert "actor_id" not in seen


def test_a_locked_account_is_unlocked(service: Service, boss: Caller, lina: Caller) -> None:
    stranger = service.caller("bearer", address="198.51.100.9")
    for _ in range(6):
        stranger.login("lina", "wrong password")
    assert code_of(stranger.login("lina")) == (429, "rate_limited")
    assert shown(boss, "lina")["locked_until"]
    assert act(boss, "lina", "unlock")["user"]["locked_until"] is None
    assert stranger.login("lina").status_code == 200
    assert [one["name"] for one in events(boss, "actor=boss")] == ["admin:lockout:ended"]


def test_a_one_time_password_is_told_once_and_must_be_changed(boss: Caller, lina: Caller) -> None:
    answer = act(boss, "lina", "password")
    password = answer["password"]
    assert answer["ended"] == 1
    assert answer["user"]["must_change_password"]
    assert ended_of(lina.me())["reason"] == "password_changed"
    assert code_of(lina.login("lina")) == (401, "invalid_credentials")
    assert code_of(lina.login("lina", password)) == (403, "password_change_required")
    for new in (password, "lina", "short", "password"):
        refused = lina.login("lina", password, new_password=new)
        assert code_of(refused) == (400, "invalid_request")
        assert list(refused.get_json()["fields"]) == ["new_password"]
    assert lina.login("lina", password, new_password=NEW).status_code == 200
    assert not shown(boss, "lina")["must_change_password"]
    assert code_of(lina.login("lina", password)) == (401, "invalid_credentials")
    assert lina.login("lina", NEW).status_code == 200
    for one in events(boss, "user=lina"):
        assert password not in str(one)


def test_a_new_password_is_ignored_where_none_is_due(lina: Caller) -> None:
    assert lina.login("lina", new_password=NEW).status_code == 200
    assert code_of(lina.login("lina", NEW)) == (401, "invalid_credentials")


def test_an_account_is_created_where_registration_is_closed(
    serve: Any, service: Service, boss: Caller
) -> None:
    closed = serve(registration="closed")
    body = {"username": "mei", "email": "mei@example.com", "display_name": "梅"}
    boss.app = closed.app
    boss.client = closed.app.test_client()
    made = boss.send("POST", "/api/admin/users", body)
    assert made.status_code == 201, made.text
    user, password = made.get_json()["user"], made.get_json()["password"]
    assert (user["display_name"], user["email_verified"]) == ("梅", False)
    mei = closed.caller("bearer")
    assert code_of(mei.login("mei", password)) == (403, "password_change_required")
    assert mei.login("mei", password, new_password=NEW).status_code == 200
    assert code_of(boss.send("POST", "/api/admin/users", body)) == (409, "username_taken")


def test_a_profile_is_edited_only_where_a_member_is_sent(boss: Caller, lina: Caller) -> None:
    path = f"/api/admin/users/{shown(boss, 'lina')['id']}"
    answer = boss.send("PATCH", path, {"username": "lena", "display_name": "Lena"})
    assert answer.get_json()["user"]["username"] == "lena"
    assert boss.send("PATCH", path, {"email": "lena@example.com"}).status_code == 200
    user = shown(boss, "lena@")
    assert (user["username"], user["display_name"]) == ("lena", "Lena")
    assert lina.login("lena").status_code == 200
    assert code_of(boss.send("PATCH", path, {"username": "boss"})) == (409, "username_taken")
    assert code_of(boss.send("PATCH", path, {"username": " "})) == (400, "invalid_request")
    assert code_of(boss.send("PATCH", path, {"locale": "tlh"})) == (400, "invalid_request")


def test_an_account_that_was_deleted_is_restored_and_not_by_signing_in(
    boss: Caller, lina: Caller
) -> None:
    path = f"/api/admin/users/{shown(boss, 'lina')['id']}"
    deleted = boss.send("DELETE", path).get_json()
    assert (deleted["user"]["state"], deleted["ended"]) == ("deleted", 1)
    assert ended_of(lina.me())["reason"] == "user_deleted"
    assert code_of(lina.login("lina")) == (403, "user_disabled")
    assert act(boss, "lina", "restore")["user"]["state"] == "active"
    assert lina.login("lina").status_code == 200
    assert code_of(boss.send("POST", f"{path}/restore")) == (404, "not_found")


def test_what_was_disabled_before_it_was_deleted_stays_disabled(
    service: Service, boss: Caller, lina: Caller
) -> None:
    act(boss, "lina", "disable", {"reason": "spam"})
    service.clock.move(seconds=1)
    boss.send("DELETE", f"/api/admin/users/{shown(boss, 'lina')['id']}")
    assert act(boss, "lina", "restore")["user"]["state"] == "disabled"


def test_a_session_is_kicked_alone_or_with_all_others(boss: Caller, lina: Caller) -> None:
    first = lina.copy()
    lina.login("lina")
    assert boss.send("DELETE", f"/api/admin/sessions/{first.session_id}").status_code == 200
    assert ended_of(first.me())["reason"] == "kicked"
    assert lina.me().status_code == 200
    again = boss.send("DELETE", f"/api/admin/sessions/{first.session_id}")
    assert code_of(again) == (404, "not_found")
    assert act(boss, "lina", "sign_out")["ended"] == 1
    assert ended_of(lina.me())["reason"] == "kicked"
    assert lina.login("lina").status_code == 200


def test_nobody_acts_on_somebody_who_may_do_more(
    person: MakePerson, boss: Caller, lina: Caller
) -> None:
    guard = person("guard", "security")
    body = {"reason": "spam"}
    path = f"/api/admin/users/{shown(boss, 'boss')['id']}"
    for what in ("disable", "enable", "unlock", "sign_out"):
        sent = body if what == "disable" else None
        assert code_of(guard.send("POST", f"{path}/{what}", sent)) == (403, "forbidden")
    kick = guard.send("DELETE", f"/api/admin/sessions/{boss.session_id}")
    assert code_of(kick) == (403, "forbidden")
    assert boss.me().status_code == 200
    assert act(guard, "lina", "disable", body)["ended"] == 1
    refused = events(boss, "user=guard&name=account:access:refused")
    assert refused


def test_the_last_administrator_stays(boss: Caller, person: MakePerson) -> None:
    path = f"/api/admin/users/{shown(boss, 'boss')['id']}"
    body = {"reason": "holiday"}
    assert code_of(boss.send("POST", f"{path}/disable", body)) == (409, "last_administrator")
    assert code_of(boss.send("DELETE", path)) == (409, "last_administrator")
    assert boss.me().status_code == 200
    other = person("other", "admin")
    assert other.send("POST", f"{path}/disable", body).status_code == 200
    assert ended_of(boss.me())["reason"] == "disabled"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": 1}, "reason"),
        ({"reason": "spam", "until": "tomorrow"}, "until"),
        ({"reason": "spam", "until": "2020-01-01T00:00:00Z"}, "until"),
    ],
)
def test_disabling_wants_a_reason_and_a_time_to_come(
    boss: Caller, lina: Caller, body: Json, field: str
) -> None:
    path = f"/api/admin/users/{shown(boss, 'lina')['id']}/disable"
    answer = boss.send("POST", path, body)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]
    assert lina.me().status_code == 200


@pytest.mark.parametrize("what", STRONGER)
def test_an_unknown_account_is_not_found(boss: Caller, what: str) -> None:
    body = {"reason": "spam"} if what == "disable" else None
    for user_id in ("x", "a" * 26):
        answer = boss.send("POST", f"/api/admin/users/{user_id}/{what}", body)
        assert code_of(answer) == (404, "not_found")


def test_the_password_is_right_for_both_carriers(person: MakePerson) -> None:
    boss = person("chief", "admin", carrier="cookie")
    assert boss.login("chief", PASSWORD).status_code == 200
    made = boss.send("POST", "/api/admin/users", {"username": "mei"})
    assert made.status_code == 201
