"""Finds faults of a set-up, and says how to fix them. Each subject is a file of checks.

To add one: write a generator of :class:`Finding` into the file of its subject and name it in
``BEFORE_START`` (needs the settings only) or ``RUNNING`` (needs everything composed). A check may
raise: its error is a finding, and the other checks go on.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, Final

import click

from tigertally.cli.doctor.attempts import attempts
from tigertally.cli.doctor.data import disk, files
from tigertally.cli.doctor.database import bell, clock, database, keys
from tigertally.cli.doctor.finding import Check, Examined, Finding, SettingsCheck
from tigertally.cli.doctor.messages import messages
from tigertally.cli.doctor.redis import redis
from tigertally.cli.doctor.server import server
from tigertally.cli.doctor.settings import (
    address,
    outbound,
    passwords,
    proxies,
    secret,
    times,
)
from tigertally.cli.options import location_options, settings_from
from tigertally.errors import SetupError, StoreUnavailable, TallyError
from tigertally.server.compose import compose
from tigertally.server.existing import what_exists
from tigertally.settings import Settings

BEFORE_START: Final[tuple[SettingsCheck, ...]] = (
    address, proxies, outbound, secret, passwords, times, disk, server, redis
)  # fmt: skip
"""Checks of the settings alone, which run even if nothing can be opened."""

RUNNING: Final[tuple[Check, ...]] = (
    database, clock, bell, keys, files, attempts, messages
)  # fmt: skip
"""Checks of the running parts: database, files, Redis."""


@click.command()
@location_options
def doctor(**options: Any) -> None:
    """Check the set-up. Exit with 1 if something should be fixed."""
    try:
        settings = settings_from(**options)
    except SetupError as error:
        _print(_finding(error))
        sys.exit(1)
    findings = [*_look(settings)]
    for finding in findings:
        _print(finding)
    if any(finding.remedy for finding in findings):
        sys.exit(1)
    click.echo("All is well.")


def _look(settings: Settings) -> Iterator[Finding]:
    for check in BEFORE_START:
        yield from _guarded(check(settings))
    try:
        with what_exists(settings) as found, closing(compose(found)) as composition:
            examined = Examined(settings, composition)
            for running in RUNNING:
                yield from _guarded(running(examined))
    except TallyError as error:
        yield _finding(error)


def _guarded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield a check's findings; if it fails, yield its error as a finding."""
    try:
        yield from findings
    except TallyError as error:
        yield _finding(error)


def _finding(error: TallyError) -> Finding:
    if isinstance(error, SetupError):
        return Finding(error.problem, error.remedy)
    if isinstance(error, StoreUnavailable) and error.remedy:
        return Finding(str(error), error.remedy)
    return Finding(str(error), "fix the cause, and run `tigertally doctor` again")


def _print(finding: Finding) -> None:
    mark = "!" if finding.remedy else "·"
    click.echo(f"{mark} {finding.what}")
    if finding.remedy:
        click.echo(f"    {finding.remedy}")
