"""The history of everybody, from the command line."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Self, TextIO

import click

from tigertally.cli.composition import composed
from tigertally.cli.options import location_options
from tigertally.cli.tables import defused, print_table
from tigertally.clock import rfc3339
from tigertally.contract.texts import load_catalogue
from tigertally.core.addresses import address_of
from tigertally.core.events import Event, EventFilter, Outcome, names_like
from tigertally.flows.read_events import ReadEvents

_WHEN: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])
_SHOWN: Final = ("at", "name", "outcome", "reason", "user_id", "session_id", "device_type", "ip")
_MEMBERS: Final = ("id", *_SHOWN[:-1], "device_name", "user_agent", "ip")
_TITLES: Final = {"at": "time", "name": "event", "user_id": "user", "ip": "address"}


@click.group()
def events() -> None:
    """Events: list them, export them, newest first. All times are in UTC."""


def _filter_options(command: Callable[..., None]) -> Any:
    """Add the filters that both commands have."""
    for option in (
        click.option("--until", type=_WHEN, help="Only events before this time."),
        click.option("--since", type=_WHEN, help="Only events from this time on."),
        click.option("--address", help="Only events from this network address."),
        click.option("--outcome", type=click.Choice([each.value for each in Outcome])),
        click.option(
            "--name",
            "names",
            multiple=True,
            help="Only events of this name; `account:session:*` stands for all that begin so. "
            "May be repeated.",
        ),
        click.argument("user", required=False),
    ):
        command = option(command)
    return location_options(command)


@events.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option(
    "--before", type=click.IntRange(1, 2**63 - 1), help="Continue before this event's number."
)
@_filter_options
def list_events(limit: int, before: int | None, **options: Any) -> None:
    """List events of USER (user name, verified address or id), or of everybody."""
    asked = _Asked.taken_from(options)
    with composed(**options) as composition:
        read = ReadEvents(composition.context)
        page = read.page(_wanted(read, asked), before=before, limit=limit)
    cells = map(_cells, page.events)
    print_table(
        ("number", *(_TITLES.get(name, name.partition("_")[0]) for name in _SHOWN)),
        ((row["id"], *(row[name] for name in _SHOWN)) for row in cells),
    )
    if page.next_before is not None:
        click.echo(f"There are more: --before {page.next_before}", err=True)


@events.command()
@click.option(
    "--format", "form", default="csv", show_default=True, type=click.Choice(["csv", "jsonl"])
)
@_filter_options
def export(form: str, **options: Any) -> None:
    """Write events of USER, or of everybody, to standard output: CSV, or JSON Lines.

    In CSV an apostrophe precedes a text that a spreadsheet would run as a formula.
    """
    asked = _Asked.taken_from(options)
    with composed(**options) as composition:
        read = ReadEvents(composition.context)
        found = read.each(_wanted(read, asked))
        with _output_in_utf_8() as out:
            if form == "csv":
                _write_csv(found, out)
            else:
                _write_jsonl(found, out)


@events.command()
def names() -> None:
    """List the names of all events."""
    known = load_catalogue().events
    print_table(("event", "what happened"), ((name, known[name].description.en) for name in known))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The filters, as they were typed."""

    user: str | None
    names: tuple[str, ...]
    outcome: str | None
    address: str | None
    since: datetime | None
    until: datetime | None

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> Self:
        """Take the filters out of a command's options."""
        return cls(**{each.name: options.pop(each.name) for each in fields(cls)})


def _wanted(read: ReadEvents, asked: _Asked) -> EventFilter:
    """Return the filter that the options describe. Raises UsageError, and NotFound for USER."""
    try:
        wanted = names_like(asked.names) if asked.names else None
    except ValueError as error:
        raise click.UsageError(f"--name: {error}; `tigertally events names` lists them") from None
    canonical = None if asked.address is None else address_of(asked.address)
    if asked.address is not None and canonical is None:
        raise click.UsageError(f"--address: {asked.address!r} is not an IP address")
    return EventFilter(
        user_id=None if asked.user is None else read.user_id(asked.user),
        names=wanted,
        outcome=None if asked.outcome is None else Outcome(asked.outcome),
        address=None if canonical is None else str(canonical),
        since=None if asked.since is None else asked.since.replace(tzinfo=UTC),
        until=None if asked.until is None else asked.until.replace(tzinfo=UTC),
    )


def _members(event: Event) -> dict[str, str | int | None]:
    """Return an event as it is exported."""
    device = event.device
    return {
        "id": event.number,
        "at": rfc3339(event.at),
        "name": event.name.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "user_id": event.user_id,
        "session_id": event.session_id,
        "device_type": device.type.value if device else None,
        "device_name": device.name if device else None,
        "user_agent": device.user_agent if device else None,
        "ip": device.ip if device else None,
    }


def _cells(event: Event) -> dict[str, str]:
    return {name: "" if each is None else str(each) for name, each in _members(event).items()}


@contextmanager
def _output_in_utf_8() -> Iterator[TextIO]:
    """Open standard output. A terminal's own encoding may lack what people call themselves."""
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield out
    finally:
        out.detach()


def _write_jsonl(found: Iterable[Event], out: TextIO) -> None:
    out.writelines(f"{json.dumps(_members(event), ensure_ascii=False)}\n" for event in found)


def _write_csv(found: Iterable[Event], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_MEMBERS)
    for cells in map(_cells, found):
        writer.writerow(defused(cells[name]) for name in _MEMBERS)
