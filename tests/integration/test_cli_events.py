"""The history of everybody, from the command line: who signed in, from where, what ended it."""

import csv
import io
import json
from datetime import timedelta

import pytest
from tests.integration.command_line import Cli
from tests.integration.service import Service

from tigertally.core.events import Event, EventName, Outcome
from tigertally.core.sessions import Device, DeviceType
from tigertally.flows.read_events import PAGE
from tigertally.server.compose import compose
from tigertally.settings import load_settings
from tigertally.testing.samples import START

FORMULA = "=HYPERLINK(1)"


def write(cli: Cli, events: list[Event]) -> None:
    """Write events as the service does."""
    composition = compose(load_settings({"data_dir": cli.data_dir}))
    with composition.context.store.writing() as tx:
        tx.events.append_all(events)
    composition.close()


def exported(cli: Cli, *arguments: str) -> list[dict[str, object]]:
    lines = cli.ok_here("events", "export", "--format", "jsonl", *arguments).splitlines()
    return [json.loads(line) for line in lines]


def test_events_list_shows_sign_ins_and_ends(service: Service, cli: Cli) -> None:
    for name in ("hufu", "other"):
        service.register(name)
        token = service.login(name).body["access_token"]
        assert service.logout(token).status == 200
    assert service.login("hufu", "a wrong password").status == 401
    shown = exported(cli, "hufu", "--name", "account:session:*")
    assert [(event["name"], event["outcome"]) for event in shown] == [
        ("account:session:refused", "failure"),
        ("account:session:ended", "success"),
        ("account:session:opened", "success"),
    ]
    ended, opened = shown[1:]
    assert ended["session_id"] == opened["session_id"] is not None
    assert {event["ip"] for event in shown} == {"127.0.0.1"}
    listed = cli.ok("events", "list", "hufu", "--outcome", "failure").splitlines()
    assert listed[0].split("\t") == [
        *("number", "time", "event", "outcome", "reason", "user", "session", "device", "address")
    ]
    assert [line.split("\t")[2] for line in listed[1:]] == ["account:session:refused"]


def test_the_filters_and_the_next_page(service: Service, cli: Cli) -> None:
    assert service.register("hufu").status == 201
    minutes = [START + timedelta(minutes=minute) for minute in range(4)]
    device = Device(DeviceType.WEB, FORMULA, None, "2001:db8::1")
    write(cli, [Event(name=EventName.CSRF_REFUSED, at=at, device=device) for at in minutes])
    only = ("--until", "2026-02-01", "--address", "2001:DB8:0::1")
    numbers = [event["id"] for event in exported(cli, *only)]
    assert len(numbers) == 4
    since = exported(cli, *only, "--since", "2026-01-31T08:01:00Z", "--outcome", "success")
    assert [event["id"] for event in since] == numbers[:3]
    assert exported(cli, "--until", "2026-01-31T08:00:00Z") == []
    outcome = cli.here("events", "list", *only, "--limit", "3")
    assert len(outcome.out.splitlines()) == 4
    assert outcome.err == f"There are more: --before {numbers[2]}\n"
    last = cli.here("events", "list", *only, "--limit", "3", "--before", str(numbers[2]))
    assert [line.split("\t")[0] for line in last.out.splitlines()[1:]] == [str(numbers[3])]
    assert last.err == ""


def test_a_spreadsheet_runs_nothing_of_an_export(service: Service, cli: Cli) -> None:
    assert service.register("hufu").status == 201
    device = Device(DeviceType.WEB, FORMULA, 'a, "b"\n\'c', "192.0.2.9")
    write(cli, [Event(name=EventName.SESSION_REFUSED, at=START, device=device)])
    text = cli.ok_here("events", "export", "--address", "192.0.2.9")
    head, row = csv.reader(io.StringIO(text))
    cells = dict(zip(head, row, strict=True))
    assert cells["device_name"] == f"'{FORMULA}"
    assert cells["user_agent"] == 'a, "b"\n\'c'
    assert cells["at"] == "2026-01-31T08:00:00.000Z"
    (event,) = exported(cli, "--address", "192.0.2.9")
    assert event["device_name"] == FORMULA


def test_an_export_without_events_has_its_head(service: Service, cli: Cli) -> None:
    assert service.register("hufu").status == 201
    assert cli.ok_here("events", "export", "--until", "2020-01-01").startswith("id,at,name,")


def test_an_export_is_longer_than_one_page(service: Service, cli: Cli) -> None:
    assert service.register("hufu").status == 201
    refused = Event(name=EventName.TOKEN_REFUSED, at=START, outcome=Outcome.FAILURE)
    write(cli, [refused] * (2 * PAGE + 1))
    found = exported(cli, "--name", "account:token:refused")
    assert len({event["id"] for event in found}) == len(found) == 2 * PAGE + 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "no such user"),
        (["--name", "session:opened"], "tigertally events names"),
        (["--address", "example.com"], "is not an IP address"),
        (["--since", "yesterday"], "does not match"),
        (["--outcome", "perhaps"], "not one of"),
    ],
)
@pytest.mark.parametrize("command", ["list", "export"])
def test_a_filter_that_cannot_be_read_is_named(
    service: Service, cli: Cli, command: str, arguments: list[str], says: str
) -> None:
    assert service.register("hufu").status == 201
    outcome = cli.here("events", command, *arguments)
    assert (outcome.code, says in outcome.err) == (2, True), outcome


def test_all_names_are_listed(cli: Cli) -> None:
    listed = cli.ok_here("events", "names").splitlines()[1:]
    assert {line.split("\t")[0] for line in listed} == set(EventName)


def test_an_event_number_out_of_range_is_refused(service: Service, cli: Cli) -> None:
    assert service.register("hufu").status == 201
    outcome = cli.here("events", "list", "--before", str(2**63))
    assert (outcome.code, "--before" in outcome.err) == (2, True), outcome


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_is_in_utf_8_whatever_the_terminal_speaks(
    service: Service, cli: Cli, form: str
) -> None:
    assert service.register("hufu").status == 201
    device = Device(DeviceType.WEB, "虎符 \U0001f42f", None, "192.0.2.9")
    write(cli, [Event(name=EventName.SESSION_REFUSED, at=START, device=device)])
    for encoding in ("ascii", "gbk"):
        text = cli.ok("events", "export", "--format", form, PYTHONIOENCODING=encoding)
        assert "虎符 \U0001f42f" in text


def test_an_id_takes_precedence_over_an_equal_name(service: Service, cli: Cli) -> None:
    assert service.register("hufu").status == 201
    user_id = service.login("hufu").body["user"]["id"]
    assert service.register(user_id).status == 201
    assert service.login(user_id).status == 200
    shown = exported(cli, user_id, "--name", "account:session:opened")
    assert {event["user_id"] for event in shown} == {user_id}
    assert "user name\thufu" in cli.ok_here("users", "show", user_id)
