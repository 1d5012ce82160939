"""Checks of the database, and of what lies in it."""

from collections.abc import Iterator

from tigertally.cli.doctor.finding import Examined, Finding
from tigertally.core.keys import KeyState
from tigertally.storage.doorbell import ORDERED_STORES


def database(examined: Examined) -> Iterator[Finding]:
    """See whether the database does all that a service asks of it."""
    for name, result in examined.composition.services.readiness().items():
        remedy = None if result == "ok" else "look into the log for the cause"
        yield Finding(f"{name}: {result}", remedy)


def bell(examined: Examined) -> Iterator[Finding]:
    """See whether processes of this machine hear of each other."""
    if not ORDERED_STORES:
        yield Finding("no doorbell page on this kind of machine: each check reads the database")
    elif examined.composition.store.bell.bell is None:
        yield Finding(
            "the doorbell page cannot be made: each check reads the database",
            "let this user write to the folder of the database",
        )
    else:
        yield Finding("doorbell page: in place")


def keys(examined: Examined) -> Iterator[Finding]:
    """See whether tokens are signed as the settings say."""
    found = examined.composition.keys.list()
    for kid in examined.composition.context.access.ring.unopened:
        yield Finding(
            f"signing key {kid} is not one that we made: somebody has written to the table",
            f"find out who may write to the database; then run `tigertally keys retire {kid}`",
        )
    current = next(key for key in found if key.state is KeyState.CURRENT)
    wanted = examined.settings.token_algorithm
    if wanted in {None, current.algorithm}:
        yield Finding(f"signing keys: {current.algorithm}")
    else:
        yield Finding(
            f"tokens are signed with {current.algorithm}, the setting says {wanted}",
            "run `tigertally keys rotate`",
        )
