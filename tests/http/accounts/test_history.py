"""What a signed-in person reads of what happened to their account."""

import pytest
from tests.http.accounts.owner import change, names
from tests.http.callers import Caller, Service, code_of

from tigertally.contract.http import load_contract
from tigertally.core.events import EventName


def test_the_history_lists_own_events_newest_first(
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
def test_an_invalid_page_is_refused(user: Caller, query: str, field: str) -> None:
    answer = user.send("GET", f"/api/auth/events?{query}")
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]


def test_event_ids_reveal_nothing_about_other_users(user: Caller, service: Service) -> None:
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


def test_another_users_cursor_is_refused(user: Caller, service: Service) -> None:
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


def test_events_in_code_and_contract_are_the_same() -> None:
    schemas = load_contract().document["components"]["schemas"]  # type: ignore[index]
    assert {name.value for name in EventName} == set(schemas["EventName"]["enum"])


def test_acts_and_refusals_are_in_the_history(user: Caller, phone: Caller) -> None:
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
