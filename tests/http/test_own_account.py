"""What a signed-in person sees and changes: sessions, history, password, profile, deletion."""

import threading
from dataclasses import replace

import pytest
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of, ended_of
from werkzeug.test import TestResponse

from tigertally.contract.http import load_contract
from tigertally.core.events import EventName
from tigertally.core.passwords import Passwords
from tigertally.core.presence import Presence
from tigertally.flows.keep_house import KeepHouse
from tigertally.secret import Secret

NEW = "three halves make more"


@pytest.fixture
def phone(user: Caller, service: Service) -> Caller:
    """The same person on a second device."""
    phone = service.caller(user.carrier, address="192.0.2.5", agent="phone")
    assert phone.login(device={"type": "app", "name": "Phone"}).status_code == 200
    return phone


def change(caller: Caller, current: str = PASSWORD, new: str = NEW) -> TestResponse:
    body = {"current_password": current, "new_password": new}
    return caller.send("PUT", "/api/auth/password", body)


def names(caller: Caller) -> list[str]:
    events = caller.send("GET", "/api/auth/events?limit=100").get_json()["events"]
    return [event["name"] for event in events]


# Sessions


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


def test_the_kicked_device_learns_why_when_and_from_where(
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
def test_the_kicked_device_is_told_in_words(user: Caller, phone: Caller, language: str) -> None:
    phone.send("DELETE", f"/api/auth/sessions/{user.session_id}")
    answer = user.send("GET", "/api/me", headers={"Accept-Language": language})
    assert ("已被移除登录" in answer.get_json()["message"]) == (language == "zh-CN")


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
def test_others_are_ended_only_when_that_is_said(user: Caller, phone: Caller, query: str) -> None:
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
def test_a_session_that_is_not_there_cannot_be_ended(user: Caller, session_id: str) -> None:
    assert code_of(user.send("DELETE", f"/api/auth/sessions/{session_id}")) == (404, "not_found")


def test_the_session_of_somebody_else_is_as_good_as_not_there(
    user: Caller, service: Service
) -> None:
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


# History


def test_the_history_tells_the_newest_first_and_only_ones_own(
    user: Caller, phone: Caller, service: Service
) -> None:
    other = service.caller(user.carrier)
    other.register("other")
    user.login(password="wrong half")
    phone.logout()
    user.refresh()
    assert names(user) == [
        "account:session:ended",
        "account:session:refused",
        "account:session:opened",
        "account:session:opened",
        "account:user:registered",
    ]


def test_a_refused_sign_in_shows_from_where_it_came(user: Caller, service: Service) -> None:
    stranger = service.caller(user.carrier, address="203.0.113.66", agent="curl")
    stranger.login(password="guess", device={"type": "desktop", "name": "Lair"})
    event = user.send("GET", "/api/auth/events?limit=1").get_json()["events"][0]
    assert (event["name"], event["outcome"]) == ("account:session:refused", "failure")
    assert event["reason"] == "invalid_credentials"
    assert (event["ip"], event["user_agent"]) == ("203.0.113.66", "curl")
    assert (event["device_type"], event["device_name"]) == ("desktop", "Lair")


def test_the_history_can_be_read_in_pages_of_any_size(user: Caller) -> None:
    for _ in range(6):
        user.login()
    whole = user.send("GET", "/api/auth/events?limit=100").get_json()
    assert whole["next_cursor"] is None
    for limit in (1, 2, 3, 7, 8, 9):
        paged, cursor = [], ""
        for _ in range(20):
            page = user.send("GET", f"/api/auth/events?limit={limit}{cursor}").get_json()
            assert len(page["events"]) <= limit
            paged += page["events"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert paged == whole["events"]


def test_without_a_limit_a_page_has_twenty_events(user: Caller) -> None:
    for _ in range(24):
        user.send("PATCH", "/api/me", {"display_name": "x"})
    page = user.send("GET", "/api/auth/events").get_json()
    assert len(page["events"]) == 20
    assert page["next_cursor"] is not None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=1.0", "limit"),
        ("limit=", "limit"),
        ("limit=٣", "limit"),
        ("limit=" + "9" * 400, "limit"),
        ("cursor=", "cursor"),
        ("cursor=abc", "cursor"),
        ("cursor=-1", "cursor"),
        ("cursor=0", "cursor"),
        ("cursor=1042", "cursor"),
        ("cursor=" + "9" * 19, "cursor"),
        ("cursor=" + "A" * 31, "cursor"),
        ("cursor=" + "A" * 32, "cursor"),
        ("cursor=" + "-" * 32, "cursor"),
        ("cursor=" + "A" * 33, "cursor"),
        ("cursor=" + "9" * 65, "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=1%0a", "cursor"),
    ],
)
def test_a_page_that_cannot_be_is_refused(user: Caller, query: str, field: str) -> None:
    answer = user.send("GET", f"/api/auth/events?{query}")
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]


def test_ids_of_events_tell_nothing_of_what_others_do(user: Caller, service: Service) -> None:
    """Numbers of the service's own would let anybody count its sign-ins."""
    other = service.caller(user.carrier)
    other.register("other")
    other.login("other")
    names = [event["id"] for event in history(user) + history(other)]
    assert len({*names}) == len(names) > 3
    assert not any(name.isdecimal() for name in names)
    # No two begin or end alike, though their numbers are neighbours.
    assert len({name[:6] for name in names}) == len({name[-6:] for name in names}) == len(names)
    assert names == [event["id"] for event in history(user) + history(other)]


def test_a_cursor_of_somebody_elses_is_refused(user: Caller, service: Service) -> None:
    other = service.caller(user.carrier)
    other.register("other")
    other.login("other")
    cursor = user.send("GET", "/api/auth/events?limit=1").get_json()["next_cursor"]
    answer = other.send("GET", f"/api/auth/events?cursor={cursor}")
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["cursor"]


def history(caller: Caller) -> list[dict[str, str]]:
    """All events of a caller's."""
    events: list[dict[str, str]] = caller.send("GET", "/api/auth/events?limit=100").get_json()[
        "events"
    ]
    return events


def test_what_is_written_down_and_what_the_contract_names_are_the_same() -> None:
    schemas = load_contract().document["components"]["schemas"]  # type: ignore[index]
    assert {name.value for name in EventName} == set(schemas["EventName"]["enum"])


def test_what_is_done_and_what_is_refused_is_written_down(user: Caller, phone: Caller) -> None:
    change(user, "wrong half")
    user.reauthenticate("wrong half")
    user.reauthenticate()
    change(user)
    user.refresh()
    assert names(user)[:6] == [
        "account:session:ended",
        "account:password:changed",
        "account:user:reauthenticated",
        "account:user:reauthentication_refused",
        "account:password:change_refused",
        "account:session:opened",
    ]


# Step-up


def test_a_sign_in_is_fresh_for_five_minutes(user: Caller, service: Service) -> None:
    service.clock.move(seconds=299)
    assert change(user).status_code == 200
    user.login(password=NEW)
    service.clock.move(seconds=300)
    assert code_of(change(user, NEW, PASSWORD)) == (403, "fresh_token_required")


def test_entering_the_password_again_makes_the_token_fresh(user: Caller, service: Service) -> None:
    service.clock.move(seconds=300)
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")
    old = user.access
    answer = user.reauthenticate()
    assert answer.get_json()["fresh_until"] > service.clock.now().strftime("%Y-%m-%dT%H:%M:%S")
    assert user.access != old
    assert user.me().get_json()["session"]["id"] == user.session_id
    assert user.send("DELETE", "/api/me").status_code == 200


def test_entering_a_wrong_password_again_changes_nothing(user: Caller, service: Service) -> None:
    service.clock.move(seconds=300)
    answer = user.reauthenticate("wrong half")
    assert code_of(answer) == (401, "invalid_credentials")
    assert "Set-Cookie" not in answer.headers
    assert user.me().status_code == 200
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")


def test_entering_the_password_again_renews_no_deadline(user: Caller, service: Service) -> None:
    before = user.me().get_json()["session"]
    service.clock.move(seconds=300)
    user.reauthenticate()
    after = user.me().get_json()["session"]
    assert before["expires_at"] == after["expires_at"]
    assert before["refresh_expires_at"] == after["refresh_expires_at"]
    assert before["generation"] == after["generation"]


# Password


def test_changing_the_password_ends_all_other_sessions(user: Caller, phone: Caller) -> None:
    answer = change(phone)
    assert answer.get_json()["ended"] == 1
    evidence = ended_of(user.me())
    assert evidence["reason"] == "password_changed"
    assert evidence["by"] == {"device_name": "Phone", "ip": "192.0.2.5"}
    assert ended_of(user.refresh())["reason"] == "password_changed"
    assert code_of(phone.me()) == (401, "token_expired")
    assert phone.refresh().status_code == 200
    assert phone.me().status_code == 200


def test_after_the_change_only_the_new_password_opens(user: Caller) -> None:
    change(user)
    assert code_of(user.copy().login()) == (401, "invalid_credentials")
    assert user.login(password=NEW).status_code == 200


def test_who_has_a_password_must_name_it_to_change_it(user: Caller) -> None:
    answer = user.send("PUT", "/api/auth/password", {"new_password": NEW})
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["current_password"]
    assert user.me().status_code == 200


def test_a_wrong_current_password_changes_nothing(user: Caller, phone: Caller) -> None:
    assert code_of(change(user, "wrong half")) == (401, "invalid_credentials")
    assert user.me().status_code == phone.me().status_code == 200
    assert phone.login().status_code == 200


@pytest.mark.parametrize(
    "new", ["short", "x" * 129, NAME.upper() * 2, "", "woaini1314", "P@ssw0rd2026!", PASSWORD]
)
def test_a_new_password_that_is_no_good_is_refused_where_it_was_entered(
    user: Caller, new: str
) -> None:
    user.register(NAME * 2)
    user.login(NAME * 2)
    answer = change(user, PASSWORD, new)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["new_password"]


def test_of_two_changes_at_once_one_wins(user: Caller, phone: Caller) -> None:
    answers: dict[str, TestResponse] = {}

    def run(caller: Caller, new: str) -> None:
        answers[new] = change(caller, PASSWORD, new)

    passwords = {f"{NEW} {n}": caller for n, caller in enumerate((user, phone))}
    threads = [threading.Thread(target=run, args=(c, new)) for new, c in passwords.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [new for new, answer in answers.items() if answer.status_code == 200]
    assert len(won) == 1
    lost = next(answer for new, answer in answers.items() if new not in won)
    assert lost.status_code == 401
    assert user.copy().login(password=won[0]).status_code == 200


# Profile


def test_only_what_is_sent_is_changed(user: Caller) -> None:
    user.send("PATCH", "/api/me", {"display_name": "Hu Fu", "email": "a@b.example"})
    answer = user.send("PATCH", "/api/me", {"locale": "zh-CN"})
    found = answer.get_json()["user"]
    assert (found["display_name"], found["email"], found["locale"]) == (
        "Hu Fu",
        "a@b.example",
        "zh-CN",
    )
    assert user.me().get_json()["user"] == found


def test_a_client_without_patch_changes_the_profile_by_post(user: Caller) -> None:
    """Mini programs: WeChat's `wx.request` knows no PATCH."""
    user.send("PATCH", "/api/me", {"locale": "zh-CN"})
    answer = user.send("POST", "/api/me", {"display_name": "Hu Fu"})
    found = answer.get_json()["user"]
    assert (found["display_name"], found["locale"]) == ("Hu Fu", "zh-CN")
    assert code_of(user.send("POST", "/api/me", {"locale": "tlh"})) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["display_name", "email", "locale"])
def test_null_clears_a_member(user: Caller, name: str) -> None:
    body = {"display_name": "Hu Fu", "email": "a@b.example", "locale": "en"}
    user.send("PATCH", "/api/me", body)
    found = user.send("PATCH", "/api/me", {name: None}).get_json()["user"]
    assert found[name] is None
    assert sum(found[key] is None for key in body) == 1


@pytest.mark.parametrize("name", ["", "   ", "\u3000"])
def test_a_display_name_with_nothing_in_it_clears_it(user: Caller, name: str) -> None:
    user.send("PATCH", "/api/me", {"display_name": "Hu Fu"})
    found = user.send("PATCH", "/api/me", {"display_name": name}).get_json()["user"]
    assert found["display_name"] is None


def test_an_address_is_changed_only_by_who_entered_credentials_a_short_while_ago(
    user: Caller, service: Service
) -> None:
    change: dict[str, object] = {"email": "a@b.example"}
    assert user.send("PATCH", "/api/me", change).status_code == 200
    service.clock.move(minutes=6)
    for body in ({"email": "thief@b.example"}, {"email": None}, {"email": "A@b.example"}):
        for method in ("PATCH", "POST"):
            refused = user.send(method, "/api/me", body | {"display_name": "Hu Fu"})
            assert code_of(refused) == (403, "fresh_token_required"), body
    found = user.me().get_json()["user"]
    assert (found["email"], found["display_name"]) == ("a@b.example", None)
    # What stays as it is changes nothing, and the rest of the profile asks for nothing.
    same = user.send("PATCH", "/api/me", change | {"display_name": "Hu Fu"})
    assert same.get_json()["user"]["display_name"] == "Hu Fu"
    user.reauthenticate()
    changed = user.send("PATCH", "/api/me", {"email": "new@b.example"})
    assert changed.get_json()["user"]["email"] == "new@b.example"


def test_an_address_is_handed_out_as_not_verified_and_signs_nobody_in(
    user: Caller, service: Service
) -> None:
    """Anybody can type any address: also one that somebody else typed before."""
    other = service.caller(user.carrier)
    registered = other.register("other", "A@B.example")
    changed = user.send("PATCH", "/api/me", {"email": "a@b.example"})
    signed_in = other.login("other")
    for answer in (registered, changed, signed_in, user.me()):
        found = answer.get_json()["user"]
        assert (found["email"].lower(), found["email_verified"]) == ("a@b.example", False)
    assert code_of(user.copy().login("a@b.example")) == (401, "invalid_credentials")


def test_a_verified_address_is_one_accounts_and_stops_being_so_when_it_changes(
    user: Caller, service: Service
) -> None:
    store, now = service.composition.store, service.clock.now()
    user.send("PATCH", "/api/me", {"email": "a@b.example"})
    user_id = user.me().get_json()["user"]["id"]
    with store.writing() as tx:
        held = tx.users.hold(user_id)
        assert held is not None
        tx.users.replace(replace(held, email_verified_at=now))
    assert user.me().get_json()["user"]["email_verified"] is True
    assert (
        service.caller(user.carrier).login("A@B.example").get_json()["user"]["email_verified"]
        is True
    )
    # Who types it too learns nothing of it, and takes nothing away.
    other = service.caller(user.carrier)
    assert other.register("other", "a@b.example").status_code == 201
    assert service.caller(user.carrier).login("a@b.example").get_json()["user"]["id"] == user_id
    # Another spelling is the same address.
    spelt = user.send("PATCH", "/api/me", {"email": "A@b.example"}).get_json()["user"]
    assert (spelt["email"], spelt["email_verified"]) == ("A@b.example", True)
    changed = user.send("PATCH", "/api/me", {"email": "c@b.example"}).get_json()["user"]
    assert (changed["email"], changed["email_verified"]) == ("c@b.example", False)
    for login in ("a@b.example", "c@b.example"):
        assert code_of(service.caller(user.carrier).login(login)) == (401, "invalid_credentials")
    back = user.send("PATCH", "/api/me", {"email": "a@b.example"}).get_json()["user"]
    assert back["email_verified"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": "x" * 65}, "display_name"),
        ({"display_name": "a\u202eb"}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"email": "not an address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": ["a@b.example"]}, "email"),
        ({"locale": "tlh"}, "locale"),
        ({"locale": 1}, "locale"),
        ([], "body"),
        (7, "body"),
        ("x", "body"),
        (None, "body"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(user: Caller, body: object, field: str) -> None:
    answer = user.send("PATCH", "/api/me", body)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]


@pytest.mark.parametrize(
    "member", ["id", "username", "roles", "created_at", "password_hash", "disabled_at", "purge_at"]
)
def test_nobody_promotes_themselves(user: Caller, member: str) -> None:
    before = user.me().get_json()["user"]
    user.send("PATCH", "/api/me", {member: ["admin"]})
    assert user.me().get_json()["user"] == before


# Deletion


def test_deleting_the_account_ends_all_sessions_and_says_until_when_it_can_be_undone(
    user: Caller, phone: Caller, service: Service
) -> None:
    kept = user.copy()
    answer = user.send("DELETE", "/api/me")
    purge_at = answer.get_json()["purge_at"]
    service.clock.move(days=14)
    assert purge_at.startswith(service.clock.now().strftime("%Y-%m-%dT%H:%M:%S"))
    service.clock.move(days=-14)
    for caller in (kept, phone):
        assert ended_of(caller.me())["reason"] == "user_deleted"
        assert ended_of(caller.refresh())["reason"] == "user_deleted"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_signing_in_during_the_cool_off_takes_the_deletion_back_and_says_so(
    user: Caller, service: Service, language: str
) -> None:
    user.send("DELETE", "/api/me")
    service.clock.move(days=13)
    again = user.copy()
    answer = again.login(headers={"Accept-Language": language})
    assert answer.status_code == 200
    said = {
        "en": "Welcome back. Your account will not be deleted.",
        "zh-CN": "欢迎回来，账号注销已取消。",
    }
    assert answer.get_json()["message"] == said[language]
    assert names(again)[1] == "account:deletion:cancelled"
    service.clock.move(days=30)
    assert again.login().get_json()["message"] == "You are signed in."


def test_during_the_cool_off_the_name_is_still_taken(user: Caller) -> None:
    user.send("DELETE", "/api/me")
    assert code_of(user.copy().register()) == (409, "username_taken")


def test_a_wrong_password_takes_no_deletion_back(user: Caller, service: Service) -> None:
    user.send("DELETE", "/api/me")
    user.copy().login(password="wrong half")
    service.clock.move(days=14)
    assert code_of(user.copy().login()) == (401, "invalid_credentials")


@pytest.mark.parametrize("cleaned", [True, False])
def test_after_the_cool_off_the_name_is_free_and_the_new_owner_inherits_nothing(
    user: Caller, service: Service, cleaned: bool
) -> None:
    user.send("PATCH", "/api/me", {"email": "a@b.example", "display_name": "Hu Fu"})
    old_id = user.me().get_json()["user"]["id"]
    kept = user.copy()
    user.send("DELETE", "/api/me")
    service.clock.move(days=14)
    if cleaned:
        KeepHouse(service.composition.context, Presence()).purge()
    newcomer = service.caller(user.carrier)
    assert newcomer.register(NAME, "a@b.example").status_code == 201
    with service.composition.context.store.reading() as tx:
        assert tx.events.page(old_id, before=None, limit=1).events[0].name == "system:user:purged"
    newcomer.login()
    found = newcomer.me().get_json()["user"]
    assert found["id"] != old_id
    assert found["display_name"] is None
    assert names(newcomer) == ["account:session:opened", "account:user:registered"]
    assert len(newcomer.send("GET", "/api/auth/sessions").get_json()["sessions"]) == 1
    assert kept.me().status_code == 401
    assert kept.refresh().status_code == 401


def test_deleting_needs_a_fresh_token_and_says_so_before_anything_happens(
    user: Caller, service: Service
) -> None:
    service.clock.move(seconds=300)
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")
    assert user.me().status_code == 200


# Whoever is out is out of everything

PROTECTED = [
    ("POST", "/api/auth/logout_all"),
    ("GET", "/api/auth/sessions"),
    ("DELETE", "/api/auth/sessions/x"),
    ("DELETE", "/api/auth/sessions?scope=others"),
    ("GET", "/api/auth/identities"),
    ("POST", "/api/auth/identities"),
    ("DELETE", "/api/auth/identities/x"),
    ("GET", "/api/auth/events"),
    ("POST", "/api/auth/reauthenticate"),
    ("POST", "/api/auth/reauthenticate/{provider}"),
    ("PUT", "/api/auth/password"),
    ("GET", "/api/me"),
    ("PATCH", "/api/me"),
    ("POST", "/api/me"),
    ("DELETE", "/api/me"),
    ("POST", "/api/me/phone"),
    ("GET", "/api/files"),
    ("POST", "/api/files"),
    ("GET", "/api/files/x/content"),
    ("DELETE", "/api/files/x"),
]


def test_the_list_of_protected_calls_is_the_contracts() -> None:
    protected = {
        (one.method, one.path)
        for one in load_contract().operations.values()
        if one.protection in {"access", "fresh"}
    }
    listed = {(method, path.replace("/x", "/{id}").partition("?")[0]) for method, path in PROTECTED}
    assert protected == listed


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_every_protected_call_asks_who_is_there_before_it_looks_at_anything(
    service: Service, method: str, path: str
) -> None:
    client = service.client()
    assert code_of(client.open(path, method=method)) == (401, "token_missing")
    assert code_of(client.open(path, method=method, data=b"{" * 100_000)) == (401, "token_missing")
    headers = {"Authorization": "Bearer x"}
    assert code_of(client.open(path, method=method, headers=headers)) == (401, "token_invalid")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_every_protected_call_refuses_an_ended_session(
    user: Caller, service: Service, method: str, path: str
) -> None:
    kept = user.copy()
    user.logout()
    assert ended_of(kept.send(method, path, {}))["reason"] == "logged_out"
    if user.carrier == "bearer":
        service.clock.move(seconds=900)
        assert code_of(kept.send(method, path, {})) == (401, "token_expired")


# An upload is looked at before its session is; tests/http/test_files.py has it with a picture.
ASK_MORE_OF_THEIR_BODY = {
    ("POST", "/api/auth/reauthenticate/{provider}"),
    ("POST", "/api/files"),
    ("POST", "/api/auth/identities"),
    ("POST", "/api/me/phone"),
}
"""Tested beside what they need: a picture, or a provider that is set up."""


@pytest.mark.parametrize(
    ("method", "path"), [call for call in PROTECTED if call not in ASK_MORE_OF_THEIR_BODY]
)
def test_every_protected_call_refuses_a_session_whose_row_is_gone(
    user: Caller, service: Service, method: str, path: str
) -> None:
    with service.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    body = {"password": PASSWORD, "current_password": PASSWORD, "new_password": NEW}
    assert code_of(user.send(method, path, body)) == (401, "session_unknown")


def test_who_leaves_because_there_are_too_many_is_written_down(serve: Serve) -> None:
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


def test_an_old_hash_that_was_exchanged_at_the_sign_in_is_written_down(serve: Serve) -> None:
    service = serve(password_cost="safe")
    user = service.caller("bearer")
    user.register()
    weak = Passwords(time_cost=1, memory_kib=64).hash(Secret(PASSWORD))
    with service.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally_users SET password_hash = ?", (weak,))
    user.login()
    assert names(user)[:2] == ["account:session:opened", "account:password:rehashed"]
    user.login()
    assert names(user).count("account:password:rehashed") == 1


def test_a_cost_that_was_raised_reaches_each_hash_when_its_owner_signs_in(serve: Serve) -> None:
    serve(password_cost="safe").caller("bearer").register()
    service = serve(password_cost="safe", password_memory_kib=20_480, password_passes=3)
    service.caller("bearer").login()
    with service.composition.store.engine.connect() as connection:
        (kept,) = connection.exec_driver_sql("SELECT password_hash FROM tally_users").one()
    assert kept.startswith("$argon2id$v=19$m=20480,t=3,p=1$")


def test_a_password_is_good_for_years(caller: Caller, service: Service) -> None:
    service.clock.move(days=3 * 365)
    assert caller.login().status_code == 200


def test_a_new_service_has_no_account(service: Service) -> None:
    with service.composition.store.reading() as tx:
        assert tx.users.page(after=None, limit=10) == []
    for name in ("admin", "root", "sa", "tigertally", "hufu", "test", "guest"):
        for password in (name, "password", "admin", "changeme", PASSWORD):
            body = {"username": name, "password": password}
            answer = service.client().post("/api/auth/login", json=body)
            assert answer.status_code in {401, 429}


def test_no_password_is_made_of_the_sites_name(serve: Serve) -> None:
    service = serve(public_url="https://auth.example.com")
    for password, status in (("Example-2026!", 400), ("exampleexample", 400), (PASSWORD, 201)):
        body = {"username": NAME, "password": password}
        answer = service.client().post("/api/auth/register", json=body)
        assert answer.status_code == status, password
        if status == 400:
            assert "easy to guess" in str(answer.get_json()["fields"]["password"])
