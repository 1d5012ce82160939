"""Checks of the database and its content."""

import shlex
import time
from collections.abc import Iterator
from typing import Final

from tigertally.cli.doctor.finding import Examined, Finding
from tigertally.storage.doorbell.machine import HAS_PAGE

CLOCKS_APART_MAX: Final = 5.0  # seconds


def database(examined: Examined) -> Iterator[Finding]:
    """Check whether the database can do everything that a service needs."""
    # First the call whose error tells the cause.
    examined.composition.store.try_writing()
    for name, result in examined.composition.services.readiness().items():
        remedy = None if result == "ok" else "look into the log for the cause"
        yield Finding(f"{name}: {result}", remedy)


def clock(examined: Examined) -> Iterator[Finding]:
    """Check whether this machine and the database have the same time."""
    store = examined.composition.store
    before = time.time()
    with store.connection(writing=False) as connection:
        there = store.dialect.unix_time(connection)
    # The time that the query took does not count as a difference.
    apart = max(before - there, there - time.time(), 0.0)
    if apart > CLOCKS_APART_MAX:
        yield Finding(
            f"the clocks of this machine and the database are {apart:.0f} s apart",
            "keep both right by NTP (chrony, systemd-timesyncd): ten minutes bring ended sessions "
            "back",
        )
    else:
        yield Finding("clock: as the database's")


def bell(examined: Examined) -> Iterator[Finding]:
    """Check whether the processes of this machine hear of each other."""
    if not HAS_PAGE:
        yield Finding("no doorbell page on this kind of machine: each check reads the database")
    elif examined.composition.store.bell.bell is None:
        yield Finding(
            "the doorbell page cannot be made: each check reads the database",
            "let this user write to the folder of the database",
        )
    else:
        yield Finding("doorbell page: in place")


def keys(examined: Examined) -> Iterator[Finding]:
    """Check whether tokens are signed as in the settings."""
    ring = examined.composition.context.access.ring
    current = ring.current
    wanted = examined.settings.token_algorithm
    if wanted in {None, current.algorithm}:
        yield Finding(f"signing keys: {current.algorithm}")
    else:
        yield Finding(
            f"tokens are signed with {current.algorithm}, the setting says {wanted}",
            "run `tigertally keys rotate`",
        )
    for kid in ring.distrusted:
        yield Finding(
            f"signing key {kid!r} cannot be decrypted, or does not match its row, and is not used",
            "find out who wrote it to the database, then run: tigertally keys retire -- "
            f"{shlex.quote(kid)} (first `tigertally keys rotate`, unless it is retired)",
        )
