"""What administrators look through: accounts, live sessions, and the history of everybody."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.http.admin.conftest import MakePerson
from tests.http.callers import Caller, Json, Service, code_of, ended_of

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Device, DeviceType

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"]


def turned(caller: Caller, path: str, member: str) -> list[Json]:
    """Turn pages until there is no next one."""
    found: list[Json] = []
    cursor = ""
    while True:
        answer = caller.send("GET", f"{path}{cursor and f'&cursor={cursor}'}")
        assert answer.status_code == 200, answer.text
        found += answer.get_json()[member]
        cursor = answer.get_json()["next_cursor"]
        if cursor is None:
            return found


def test_accounts_are_listed_newest_first_and_searched(
    service: Service, boss: Caller, person: MakePerson
) -> None:
    for name in ("Lina", "linus", "mei"):
        service.clock.move(seconds=1)
        person(name)
    listed = turned(boss, "/api/admin/users?limit=1", "users")
    assert [one["username"] for one in listed] == ["mei", "linus", "Lina", "boss"]
    assert listed[3]["roles"] == ["admin"]
    assert all(one["state"] == "active" and one["has_password"] for one in listed)
    found = turned(boss, "/api/admin/users?limit=1&q=LIN", "users")
    assert [one["username"] for one in found] == ["Lina", "linus"]
    by_id = turned(boss, f"/api/admin/users?q={listed[0]['id']}", "users")
    assert [one["username"] for one in by_id] == ["mei"]


def test_an_account_is_shown_with_its_ways_to_sign_in(boss: Caller) -> None:
    found = boss.send("GET", "/api/admin/users?q=boss").get_json()["users"][0]
    shown = boss.send("GET", f"/api/admin/users/{found['id']}").get_json()
    assert shown == {"user": found, "identities": [], "contacts": [], "live_sessions": 1}


@pytest.mark.parametrize("user_id", ["x", "a" * 26, "%00", "A" * 26, "é" * 26])
def test_an_unknown_account_is_not_found(boss: Caller, user_id: str) -> None:
    assert code_of(boss.send("GET", f"/api/admin/users/{user_id}")) == (404, "not_found")


def test_a_locked_account_says_until_when(
    service: Service, boss: Caller, person: MakePerson
) -> None:
    person("lina")
    elsewhere = service.caller("bearer", address="192.0.2.7")
    for _ in range(6):
        elsewhere.login("lina", "wrong password")
    locked = boss.send("GET", "/api/admin/users?state=locked").get_json()["users"]
    assert [one["username"] for one in locked] == ["lina"]
    assert locked[0]["locked_until"]


def test_live_sessions_are_listed_with_their_owners(
    service: Service, boss: Caller, person: MakePerson
) -> None:
    service.clock.move(seconds=1)
    lina = person("lina", address="192.0.2.7")
    service.clock.move(seconds=1)
    lina.login("lina", device={"type": "app", "name": "Phone"})
    listed = turned(boss, "/api/admin/sessions?limit=1", "sessions")
    assert [one["user"]["username"] for one in listed] == ["lina", "lina", "boss"]
    assert [one["current"] for one in listed] == [False, False, True]
    assert listed[0]["device_name"] == "Phone"
    for query, count in (
        ("user=lina", 2),
        ("user=LINA&device_type=app", 1),
        (f"user={listed[2]['user']['id']}", 1),
        ("address=::ffff:192.0.2.7", 2),
        ("address=192.0.2.8", 0),
        ("user=nobody", 0),
        (f"user={'a' * 26}", 0),
    ):
        found = boss.send("GET", f"/api/admin/sessions?{query}").get_json()["sessions"]
        assert len(found) == count, query
    lina.logout()
    assert len(turned(boss, "/api/admin/sessions?user=lina", "sessions")) == 1


def test_events_are_searched_by_name_user_address_outcome_and_time(
    service: Service, boss: Caller, person: MakePerson
) -> None:
    lina = person("lina", address="192.0.2.7")
    before = service.clock.now()
    service.clock.move(seconds=60)
    lina.login("lina", "wrong password")
    lina.logout()
    after = service.clock.now()
    events = turned(boss, "/api/admin/events?limit=2", "events")
    assert len({one["id"] for one in events}) == len(events)
    times = [one["at"] for one in events]
    assert times == sorted(times, reverse=True)
    for query, names in (
        ("user=lina&name=account:session:*", ["ended", "refused", "opened"]),
        ("user=lina&outcome=failure", ["refused"]),
        ("address=192.0.2.7&name=account:session:ended,account:session:refused", 2 * [""]),
        (f"user=lina&until={before.isoformat().replace('+00:00', 'Z')}", []),
        (f"since={after.isoformat().replace('+00:00', 'Z')}", ["ended", "refused"]),
        ("user=nobody", []),
        ("actor=boss", []),
    ):
        found = turned(boss, f"/api/admin/events?{query}", "events")
        assert len(found) == len(names), (query, found)
        assert all(one["name"].endswith(name) for one, name in zip(found, names, strict=True))
    ended = next(one for one in events if one["name"] == "account:session:ended")
    assert (ended["username"], ended["actor_id"], ended["actor_name"]) == ("lina", None, None)


def test_accounts_and_sessions_are_listed_by_role(boss: Caller, person: MakePerson) -> None:
    person("lina", "auditor")
    person("mei")
    for path, member in (("users", "users"), ("sessions", "sessions")):
        for query, count in (
            ("role=auditor", 1),
            ("role=auditor&limit=1", 1),
            ("role=admin", 1),
            ("role=nothing", 0),
        ):
            found = turned(boss, f"/api/admin/{path}?{query}", member)
            assert len(found) == count, (path, query)
    assert turned(boss, "/api/admin/users?role=auditor&q=mei", "users") == []
    assert turned(boss, "/api/admin/sessions?role=auditor&user=mei", "sessions") == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("users?role=", "role"),
        ("sessions?role=", "role"),
        ("users?role=admin&cursor=x", "cursor"),
        ("users?state=gone", "state"),
        ("users?limit=0", "limit"),
        ("users?limit=201", "limit"),
        ("users?cursor=x", "cursor"),
        ("users?q=a&cursor=x", "cursor"),
        ("users?q=a&cursor=WyJhIiwxXQ", "cursor"),
        ("users?q=a&cursor=WyJcdTAwMDAiLCJhIl0", "cursor"),
        ("users?q=%00", "q"),
        ("users?q=", "q"),
        ("sessions?address=somewhere", "address"),
        ("sessions?device_type=toaster", "device_type"),
        ("sessions?cursor=1", "cursor"),
        ("events?name=nothing:*", "name"),
        ("events?name=,", "name"),
        ("events?outcome=maybe", "outcome"),
        ("events?since=yesterday", "since"),
        ("events?until=2026-13-01T00:00:00Z", "until"),
        ("events?address=1.2.3", "address"),
        ("events?cursor=-1", "cursor"),
        ("events?cursor=99999999999999999999", "cursor"),
    ],
)
def test_a_filter_that_cannot_be_read_names_its_field(boss: Caller, path: str, field: str) -> None:
    answer = boss.send("GET", f"/api/admin/{path}")
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]


def test_all_events_are_exported_whatever_the_page(
    service: Service, boss: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tigertally.flows.read_events.PAGE", 2)
    listed = turned(boss, "/api/admin/events?limit=50", "events")
    as_lines = boss.send(
        "GET", "/api/admin/events?limit=1", headers={"Accept": "application/jsonl"}
    )
    assert as_lines.mimetype == "application/jsonl"
    lines = [json.loads(line) for line in as_lines.text.splitlines()]
    assert [str(line["id"]) for line in lines] == [one["id"] for one in listed]
    as_csv = boss.send("GET", "/api/admin/events", headers={"Accept": "text/csv, */*;q=0.1"})
    assert as_csv.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(as_csv.text, newline="")))
    assert [row["id"] for row in rows] == [one["id"] for one in listed]
    assert {row["user_id"] for row in rows} == {line["user_id"] or "" for line in lines}


def test_no_cell_of_an_export_is_a_formula(service: Service, boss: Caller) -> None:
    store, now = service.composition.context.store, service.clock.now()
    with store.writing() as tx:
        for name in FORMULAS:
            device = Device(DeviceType.WEB, name, name, None)
            tx.events.append(Event(name=EventName.SESSION_OPENED, at=now, device=device))
    answer = boss.send("GET", "/api/admin/events", headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    cells = {cell for row in rows for cell in row}
    assert {f"'{name}" for name in FORMULAS} <= cells
    assert not [cell for cell in cells if cell[:1] in set("=+-@＝＋－＠\t\r\n")]


def test_an_export_ends_with_the_session_that_asked_for_it(service: Service, boss: Caller) -> None:
    boss.logout()
    # A token that this process has not heard of: the row decides.
    service.composition.services.verifier.follow()
    answer = boss.send("GET", "/api/admin/events", headers={"Accept": "text/csv"})
    assert ended_of(answer)["reason"] == "logged_out"


@pytest.mark.parametrize("path", ["users", "users/x", "sessions", "events"])
def test_without_the_permission_nothing_is_listed(
    person: MakePerson, service: Service, path: str
) -> None:
    lina = person("lina")
    assert code_of(lina.send("GET", f"/api/admin/{path}")) == (403, "forbidden")
    nobody = service.caller("bearer")
    assert code_of(nobody.send("GET", f"/api/admin/{path}")) == (401, "token_missing")


def test_a_deleted_account_is_still_listed_and_one_without_data_is_not(
    service: Service, boss: Caller, person: MakePerson
) -> None:
    lina = person("lina")
    assert lina.send("DELETE", "/api/me").status_code == 200
    (deleted,) = boss.send("GET", "/api/admin/users?state=deleted").get_json()["users"]
    assert (deleted["username"], deleted["state"]) == ("lina", "deleted")
    store = service.composition.context.store
    with store.writing() as tx:
        user = tx.users.get(deleted["id"])
        assert user is not None
        tx.users.replace(replace(user, purge_at=service.clock.now()))
        tx.users.purge(service.clock.now() + timedelta(seconds=1), 10)
    assert boss.send("GET", "/api/admin/users?state=deleted").get_json()["users"] == []
    found = boss.send("GET", f"/api/admin/events?user={deleted['id']}").get_json()["events"]
    assert found
    assert {one["username"] for one in found} == {None}
