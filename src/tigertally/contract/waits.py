"""How long to wait, as people say it."""

from typing import Final

from tigertally.contract.languages import Language

_UNITS: Final = ((3600, "hour", "小时"), (60, "minute", "分钟"), (1, "second", "秒"))


def wait_in_words(seconds: int, language: Language) -> str:
    """Return a wait in one unit, rounded up, so that who waits so long has waited enough."""
    # From two of a unit on: "90 seconds" says more than "2 minutes".
    size, one, zh = next((unit for unit in _UNITS if seconds >= 2 * unit[0]), _UNITS[-1])
    count = -(-seconds // size)
    if language == "zh-CN":
        return f"{count} {zh}"
    return f"{count} {one}" if count == 1 else f"{count} {one}s"
