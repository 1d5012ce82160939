"""The two languages that the service speaks, and which of them a request asks for."""

import re
from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["en", "zh-CN"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh-CN")

_SPOKEN: Mapping[str, Language] = {"zh": "zh-CN", "en": "en"}
_HEADER_LIMIT = 1024
_RANGE = re.compile(
    r"\s*(?P<tag>[A-Za-z]{1,8})(?:[-_][A-Za-z0-9]{1,8})*"
    r"\s*(?:;\s*[qQ]\s*=\s*(?P<quality>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def negotiate(accept_language: str | None) -> Language:
    """Return the language that an `Accept-Language` header (RFC 9110 section 12.5.4) asks for.

    Any kind of Chinese is `zh-CN`; `en` where neither is asked for. What cannot be read is passed
    over, and no more than the first 1,024 characters are read.
    """
    header = accept_language or ""
    ranges = header[:_HEADER_LIMIT].split(",")
    if len(header) > _HEADER_LIMIT:
        ranges.pop()
    wishes: dict[Language, float] = {}
    for each in ranges:
        found = _RANGE.fullmatch(each)
        if found is None:
            continue
        language = _SPOKEN.get(found["tag"].lower())
        quality = float(found["quality"] or 1)
        if language is not None and quality > wishes.get(language, 0):
            wishes[language] = quality
    # `max` keeps the first of equals, and a dict its order: the language named first wins.
    return max(wishes, key=lambda language: wishes[language], default="en")
