"""The history of everybody, from the command line."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Self

import click

from tigertally.cli.composition import composed
from tigertally.cli.options import WHEN, location_options
from tigertally.cli.tables import print_table
from tigertally.contract.texts import load_catalogue
from tigertally.core.addresses import address_of
from tigertally.core.events import EventFilter, Outcome, names_like
from tigertally.flows.read_events import ReadEvents
from tigertally.web.event_files import as_csv, as_jsonl, cells_of

_SHOWN: Final = ("at", "name", "outcome", "reason", "user_id", "session_id", "device_type", "ip")
_TITLES: Final = {"at": "time", "name": "event", "user_id": "user", "ip": "address"}


@click.group()
def events() -> None:
    """Events: list them, export them, newest first. All times are in UTC."""


def _filter_options(command: Callable[..., None]) -> Any:
    """Add the filters that both commands have."""
    for option in (
        click.option("--until", type=WHEN, help="Only events before this time."),
        click.option("--since", type=WHEN, help="Only events from this time on."),
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
    cells = map(cells_of, page.events)
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
        sys.stdout.buffer.writelines(as_csv(found) if form == "csv" else as_jsonl(found))


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
