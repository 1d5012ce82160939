"""Time: aware, in UTC, and in the spellings that tokens and answers want."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tigertally.clock import Clock, SystemClock, rfc3339, unix_seconds
from tigertally.testing import MovableClock
from tigertally.testing.samples import START

BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize("clock", [SystemClock(), MovableClock()], ids=["system", "movable"])
def test_a_clock_tells_aware_utc_and_the_same_instant_in_seconds(clock: Clock) -> None:
    now, unix = clock.now(), clock.unix()
    assert now.tzinfo is UTC
    assert abs(now.timestamp() - unix) < 5


def test_a_movable_clock_stands_still_until_it_is_moved() -> None:
    clock = MovableClock(START)
    assert clock.now() == clock.now() == START
    clock.move(seconds=10, minutes=1)
    assert clock.now() == START + timedelta(seconds=70)
    clock.move(hours=-1)
    assert clock.unix() == (START + timedelta(seconds=70, hours=-1)).timestamp()


@pytest.mark.parametrize(
    ("instant", "seconds"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 8, tzinfo=BEIJING), 0),
        (datetime(2026, 1, 31, 8, 0, 0, 999_999, tzinfo=UTC), 1_769_846_400),
    ],
)
def test_numeric_dates_are_whole_seconds_rounded_down(instant: datetime, seconds: int) -> None:
    """Rounded up, a token would outlive its deadline."""
    assert unix_seconds(instant) == seconds


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 1, 31, 8, tzinfo=UTC), "2026-01-31T08:00:00.000Z"),
        (datetime(2026, 1, 31, 8, 0, 0, 123_999, tzinfo=UTC), "2026-01-31T08:00:00.123Z"),
        (datetime(2026, 1, 31, 16, tzinfo=BEIJING), "2026-01-31T08:00:00.000Z"),
    ],
)
def test_times_are_written_in_utc_with_milliseconds(instant: datetime, text: str) -> None:
    """As JavaScript writes and reads them (RFC 3339)."""
    assert rfc3339(instant) == text
