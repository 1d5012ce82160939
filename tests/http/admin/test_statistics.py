"""The overview of administrators, over HTTP."""

from datetime import timedelta

import pytest
from tests.http.admin.conftest import MakePerson
from tests.http.callers import Caller, Json, Service, code_of

STATS = "/api/admin/stats"


def counts(entries: list[Json]) -> dict[str, int]:
    return {entry["what"]: entry["count"] for entry in entries}


def test_the_overview_shows_what_happened(
    service: Service, boss: Caller, person: MakePerson
) -> None:
    lina = person("lina")
    lina.login("lina", device={"type": "app", "name": "Phone"})
    elsewhere = service.caller("bearer", address="192.0.2.7")
    for number in range(12):
        service.clock.move(seconds=60)
        elsewhere.login(f"nobody{number}", "wrong password")
    sessions = boss.send("GET", "/api/admin/sessions?user=lina").get_json()["sessions"]
    assert {one["way"] for one in sessions} == {"password"}
    boss.login("boss")
    assert boss.send("DELETE", f"/api/admin/sessions/{sessions[0]['id']}").status_code == 200
    lina.logout()
    service.composition.background.look_after()
    found = boss.send("GET", f"{STATS}?days=2").get_json()
    assert (found["users"], found["locked"]) == (2, 0)
    assert found["online"] == len(boss.send("GET", "/api/admin/sessions").get_json()["sessions"])
    yesterday, today = found["days"]
    assert (yesterday["signed_in"], yesterday["new_users"]) == ([], 0)
    assert today["new_users"] == 2
    assert set(counts(today["signed_in"])) == {"password"}
    assert set(counts(today["refused"])) == {"invalid_credentials"}
    assert counts(found["device_types"])["app"] == 1
    assert counts(today["ended"])["kicked"] == 1
    listed = boss.send("GET", "/api/admin/events?name=account:session:opened").get_json()["events"]
    assert sum(counts(today["signed_in"]).values()) == len(listed)
    suspicious = {one["address"]: one["refused"] for one in found["suspicious_addresses"]}
    assert suspicious == {"192.0.2.7": sum(counts(today["refused"]).values())}
    assert [one["online"] for one in found["online_by_hour"]]


def test_days_follow_the_offset(service: Service, boss: Caller) -> None:
    service.composition.background.look_after()
    now = service.clock.now()
    for offset in (-720, 0, 480, 840):
        days = boss.send("GET", f"{STATS}?days=3&offset={offset}").get_json()["days"]
        local = (now + timedelta(minutes=offset)).date()
        expected = [(local - timedelta(days=back)).isoformat() for back in (2, 1, 0)]
        assert [day["day"] for day in days] == expected
        assert sum(day["new_users"] for day in days) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("days=0", "days"),
        ("days=91", "days"),
        ("days=x", "days"),
        ("offset=-721", "offset"),
        ("offset=841", "offset"),
        ("offset=Asia/Shanghai", "offset"),
    ],
)
def test_a_span_that_cannot_be_read_names_its_field(boss: Caller, query: str, field: str) -> None:
    answer = boss.send("GET", f"{STATS}?{query}")
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]
