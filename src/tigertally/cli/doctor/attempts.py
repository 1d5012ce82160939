"""Checks of what counts attempts at passwords."""

from collections.abc import Iterator

from tigertally.cli.doctor.finding import Examined, Finding
from tigertally.errors import StoreUnavailable


def attempts(examined: Examined) -> Iterator[Finding]:
    """See whether all processes can count together, and who is locked now."""
    composition = examined.composition
    now = composition.context.clock.now()
    try:
        composition.throttle.check(now)
        yield Finding("wrong passwords: counted over all processes")
    except StoreUnavailable as error:
        yield Finding(
            f"wrong passwords are counted by each process for itself: {error}",
            "let Redis (TALLY_REDIS_URL), or the database where there is none, take writes",
        )
    with composition.context.store.reading() as tx:
        locked = tx.lockouts.count(now)
    yield Finding(f"accounts locked now: {locked}")
