"""What a signed-in person sees of their sessions, and ends."""

import pytest
from tests.http.accounts.owner import names
from tests.http.callers import Caller, Serve, Service, code_of, ended_of


def test_the_list_shows_all_live_sessions_this_one_first(
    user: Caller, phone: Caller, service: Service
) -> None:
    gone = service.caller(user.carrier)
    gone.login()
    gone.logout()
    for caller, other in ((user, phone), (phone, user)):
        listed = caller.send("GET", "/api/auth/sessions").get_json()["sessions"]
        assert [one["id"] for one in listed] == [caller.session_id, other.session_id]
        assert [one["current"] for one in listed] == [True, False]


def test_the_list_is_read_a_page_at_a_time_and_shows_each_once(
    user: Caller, service: Service
) -> None:
    others = [service.caller(user.carrier) for _ in range(5)]
    for other in others:
        service.clock.move(seconds=1)
        other.login()
    pages, cursor = [], ""
    while True:
        page = user.send("GET", f"/api/auth/sessions?limit=2{cursor}").get_json()
        pages.append([one["id"] for one in page["sessions"]])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    latest = [other.session_id for other in reversed(others)]
    assert pages == [[user.session_id, *latest[:2]], latest[2:4], latest[4:]]
    refused = user.send("GET", "/api/auth/sessions?cursor=1042")
    assert (refused.status_code, [*refused.get_json()["fields"]]) == (400, ["cursor"])


def test_the_list_shows_what_the_owner_needs_to_recognise_a_device(
    user: Caller, phone: Caller
) -> None:
    listed = user.send("GET", "/api/auth/sessions").get_json()["sessions"][1]
    assert (listed["device_type"], listed["device_name"]) == ("app", "Phone")
    assert (listed["ip"], listed["user_agent"]) == ("192.0.2.5", "phone")


def test_nobody_sees_the_sessions_of_others(user: Caller, service: Service) -> None:
    other = service.caller(user.carrier)
    other.register("other")
    other.login("other")
    assert len(other.send("GET", "/api/auth/sessions").get_json()["sessions"]) == 1


def test_a_kicked_device_learns_why_when_and_from_where(
    user: Caller, phone: Caller, service: Service
) -> None:
    service.clock.move(seconds=30)
    assert phone.send("DELETE", f"/api/auth/sessions/{user.session_id}").status_code == 200
    for refused in (user.me(), user.refresh()):
        evidence = ended_of(refused)
        assert evidence["reason"] == "kicked"
        assert evidence["by"] == {"device_name": "Phone", "ip": "192.0.2.5"}
        assert evidence["ended_at"].startswith(service.clock.now().strftime("%Y-%m-%dT%H:%M:%S"))
    assert phone.me().status_code == 200


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_kicked_device_gets_a_text_with_the_reason(
    user: Caller, phone: Caller, language: str
) -> None:
    phone.send("DELETE", f"/api/auth/sessions/{user.session_id}")
    answer = user.send("GET", "/api/me", headers={"Accept-Language": language})
    assert ("已被下线" in answer.get_json()["message"]) == (language == "zh-CN")


def test_all_other_devices_can_be_signed_out_at_once(
    user: Caller, phone: Caller, service: Service
) -> None:
    third = service.caller(user.carrier)
    third.login()
    answer = phone.send("DELETE", "/api/auth/sessions?scope=others")
    assert set(answer.get_json()["ended"]) == {user.session_id, third.session_id}
    assert "Set-Cookie" not in answer.headers
    evidence = ended_of(user.me())
    assert (evidence["reason"], evidence["by"]["device_name"]) == ("kicked", "Phone")
    assert ended_of(third.refresh())["reason"] == "kicked"
    assert phone.me().status_code == 200


@pytest.mark.parametrize("query", ["", "?scope=", "?scope=all", "?scope=OTHERS", "?Scope=others"])
def test_other_sessions_end_only_on_request(user: Caller, phone: Caller, query: str) -> None:
    answer = user.send("DELETE", f"/api/auth/sessions{query}")
    assert code_of(answer) == (400, "invalid_request")
    assert phone.me().status_code == 200


def test_ones_own_session_can_be_kicked_as_a_sign_out(user: Caller) -> None:
    kept = user.copy()
    assert user.send("DELETE", f"/api/auth/sessions/{user.session_id}").status_code == 200
    assert ended_of(kept.me())["reason"] == "logged_out"


@pytest.mark.parametrize(
    "session_id", ["x", "%00", "..%2f", "x" * 3000, "%F0%9F%90%AF", "' OR 1=1"]
)
def test_a_missing_session_cannot_be_ended(user: Caller, session_id: str) -> None:
    assert code_of(user.send("DELETE", f"/api/auth/sessions/{session_id}")) == (404, "not_found")


def test_another_users_session_looks_missing(user: Caller, service: Service) -> None:
    other = service.caller(user.carrier)
    other.register("other")
    other.login("other")
    own = other.send("DELETE", "/api/auth/sessions/nothing-like-it")
    foreign = other.send("DELETE", f"/api/auth/sessions/{user.session_id}")
    assert own.get_json() == foreign.get_json()
    assert user.me().status_code == 200


def test_a_session_cannot_be_ended_twice(user: Caller, phone: Caller) -> None:
    assert user.send("DELETE", f"/api/auth/sessions/{phone.session_id}").status_code == 200
    answer = user.send("DELETE", f"/api/auth/sessions/{phone.session_id}")
    assert code_of(answer) == (404, "not_found")
    assert ended_of(phone.me())["reason"] == "kicked"


def test_a_session_that_the_policy_ends_is_in_the_history(serve: Serve) -> None:
    service = serve(session_policy="limit:1")
    evicting = serve(session_policy="limit:2")
    first, second, third = (evicting.caller("bearer") for _ in range(3))
    first.register()
    for each in (first, second, third):
        service.clock.move(seconds=1)
        each.login()
    assert names(third)[:2] == ["account:session:opened", "account:session:evicted"]
    fourth = service.caller("bearer")
    fourth.login()
    assert names(fourth)[1] == "account:session:replaced"
