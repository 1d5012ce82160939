"""A wait in words, as the messages of limits have it."""

import pytest

from tigertally.contract.waits import wait_in_words

HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (1, "1 second", "1 秒"),
        (60, "60 seconds", "60 秒"),
        (119, "119 seconds", "119 秒"),
        (120, "2 minutes", "2 分钟"),
        (600, "10 minutes", "10 分钟"),
        (601, "11 minutes", "11 分钟"),
        (2 * HOUR, "2 hours", "2 小时"),
        (24 * HOUR, "24 hours", "24 小时"),
    ],
)
def test_a_wait_is_told_in_one_unit_and_never_too_short(seconds: int, en: str, zh: str) -> None:
    assert wait_in_words(seconds, "en") == en
    assert wait_in_words(seconds, "zh-CN") == zh


def test_no_wait_is_told_shorter_than_it_is() -> None:
    size = {"second": 1, "minute": 60, "hour": HOUR}
    for seconds in range(1, 2 * 24 * HOUR, 7):
        count, unit = wait_in_words(seconds, "en").split()
        assert int(count) * size[unit.removesuffix("s")] >= seconds
