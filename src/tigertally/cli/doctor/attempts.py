"""Checks of the rate limiter for passwords."""

from collections.abc import Iterator

from tigertally.cli.doctor.finding import Examined, Finding
from tigertally.errors import StoreUnavailable


def attempts(examined: Examined) -> Iterator[Finding]:
    """Check whether all processes count together, and how many accounts are locked."""
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
