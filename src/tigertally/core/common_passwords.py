"""The passwords that attackers try first, and how people disguise them.

A list of some forty thousand, made by ``tools/make_common_passwords.py``, and rules for what no
list holds: rows of keys, repetitions, dates. Digits behind a common word, or signs in place of its
letters, make no other password of it: attackers try those next.
"""

import re
import unicodedata
from typing import Final

_LEET: Final = str.maketrans("@4301!57$", "aaeoiists")
_AFFIX: Final = re.compile(r"([\d\W_]*)(.*?)([\d\W_]*)", re.DOTALL)
_STEM_MIN: Final = 4
_AFFIX_MAX: Final = 4
"""Characters around a common word that are not looked at: longer ones must be common too."""

_ROWS: Final = (
    "01234567890123456789",
    "`1234567890-=",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1a2b3c4d5e6f7g8h9i",
    "a1b2c3d4e5f6g7h8i9",
)
_WALKS: Final = "\n".join((*_ROWS, *(row[::-1] for row in _ROWS)))
_FIGURES: Final = re.compile(r"(?:520|521|530|1314|1313|3344|7758|8888|6666){2,}\d{0,2}")
_DATE: Final = re.compile(
    r"(?:19|20)\d\d[-./]?(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])[-./]?(?:0[1-9]|1[0-2])[-./]?(?:19|20)\d\d"
    r"|(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01])[-./]?(?:19|20)\d\d"
)
_REPEATED: Final = re.compile(r"(.{1,4}?)\1+", re.DOTALL)


class CommonPasswords:
    """Knows them. ``listed`` holds one a line, with a line break before the first too."""

    def __init__(self, listed: bytes = b"\n") -> None:
        # One block of bytes, searched by halves: a set of texts would take ten times the memory.
        self._listed = listed

    def __contains__(self, password: str) -> bool:
        text = unicodedata.normalize("NFKC", password).casefold()
        return any(self._is_common(one) for one in {text, text.translate(_LEET)})

    def _is_common(self, text: str) -> bool:
        if self._is_known(text):
            return True
        half, odd = divmod(len(text), 2)
        if not odd and text[:half] == text[half:] and self._is_known(text[:half]):
            return True
        front, stem, back = _AFFIX.fullmatch(text).groups()  # type: ignore[union-attr]
        if len(stem) < _STEM_MIN or not all(map(self._is_slight, (front, back))):
            return False
        return self._is_known(stem) or self._is_known(stem.translate(_LEET))

    def _is_slight(self, affix: str) -> bool:
        return len(affix) <= _AFFIX_MAX or self._is_known(affix)

    def _is_known(self, text: str) -> bool:
        return (
            self._is_listed(text.encode("utf-8", "surrogatepass"))
            or (len(text) >= _STEM_MIN and text in _WALKS)
            or _FIGURES.fullmatch(text) is not None
            or _DATE.fullmatch(text) is not None
            or _REPEATED.fullmatch(text) is not None
        )

    def _is_listed(self, word: bytes) -> bool:
        low, high = 0, len(self._listed) - 1
        while low < high:
            start = self._listed.rfind(b"\n", 0, (low + high) // 2 + 1) + 1
            end = self._listed.find(b"\n", start)
            found = self._listed[start:end]
            if found == word:
                return True
            low, high = (end, high) if found < word else (low, start - 1)
        return False
