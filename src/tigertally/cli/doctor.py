"""Says what is wrong with a set-up, and how to mend it."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from tigertally.cli.composition import location_options, settings_from
from tigertally.core.keys import KeyState
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.server.compose import Composition, compose
from tigertally.settings import Settings
from tigertally.storage.doorbell import ORDERED_STORES

DISK_MIN = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; a remedy where it is not as it should be."""

    what: str
    remedy: str | None = None


@click.command()
@location_options
def doctor(**options: Any) -> None:
    """Look over the set-up; exit with 1 where something should be mended."""
    try:
        settings = settings_from(**options)
        composition = compose(settings)
    except SetupError as error:
        _print(Finding(error.problem, error.remedy))
        sys.exit(1)
    findings = [*_look(settings, composition)]
    composition.close()
    for finding in findings:
        _print(finding)
    if any(finding.remedy for finding in findings):
        sys.exit(1)
    click.echo("All is well.")


def _look(settings: Settings, composition: Composition) -> Iterator[Finding]:
    for check in (_database, _bell, _keys, _files, _disk, _address, _times):
        yield from check(settings, composition)


def _database(_: Settings, composition: Composition) -> Iterator[Finding]:
    for name, result in composition.services.readiness().items():
        remedy = None if result == "ok" else "look into the log for the cause"
        yield Finding(f"{name}: {result}", remedy)


def _bell(_: Settings, composition: Composition) -> Iterator[Finding]:
    if not ORDERED_STORES:
        yield Finding("no doorbell page on this kind of machine: each check reads the database")
    elif composition.store.bell.bell is None:
        yield Finding(
            "the doorbell page cannot be made: each check reads the database",
            "let this user write to the folder of the database",
        )
    else:
        yield Finding("doorbell page: in place")


def _keys(settings: Settings, composition: Composition) -> Iterator[Finding]:
    current = next(key for key in composition.keys.list() if key.state is KeyState.CURRENT)
    if settings.token_algorithm in {None, current.algorithm}:
        yield Finding(f"signing keys: {current.algorithm}")
    else:
        yield Finding(
            f"tokens are signed with {current.algorithm}, the setting says "
            f"{settings.token_algorithm}",
            "run `tigertally keys rotate`",
        )


def _files(settings: Settings, composition: Composition) -> Iterator[Finding]:
    try:
        next(composition.context.blobs.written_before(composition.context.clock.now()), None)
    except StoreUnavailable as error:
        yield Finding(
            f"files cannot be read: {error}",
            "see that TALLY_FILES_URL names a bucket that is there, and its credentials are set",
        )
        return
    if settings.files_url is None and composition.store.dialect.networked:
        yield Finding("files lie in a folder: where several machines serve, they must share it")
    else:
        yield Finding("files: in place")


def _disk(settings: Settings, _: Composition) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data_dir.expanduser()).free
    remedy = "make room: sign-ins are refused when the disk is full" if free < DISK_MIN else None
    yield Finding(f"free disk space: {free // 1024 // 1024} MiB", remedy)


def _address(settings: Settings, _: Composition) -> Iterator[Finding]:
    if settings.public_url is None:
        yield Finding("no public address is set: fine on one machine, for trying out")
    elif settings.https:
        yield Finding(f"public address: {settings.public_url}")
    else:
        yield Finding(
            "the public address is on plain http: passwords and tokens can be read on the way",
            "put a proxy with TLS in front, and set TALLY_PUBLIC_URL to its https address",
        )


def _times(settings: Settings, _: Composition) -> Iterator[Finding]:
    if settings.refresh_ttl <= settings.access_ttl:
        yield Finding(
            "sessions live no longer than access tokens: nobody can refresh in time",
            "set TALLY_REFRESH_TTL to more than TALLY_ACCESS_TTL",
        )


def _print(finding: Finding) -> None:
    mark = "!" if finding.remedy else "·"
    click.echo(f"{mark} {finding.what}")
    if finding.remedy:
        click.echo(f"    {finding.remedy}")
