"""Texts that people choose and others see: what in them hides or reorders text.

The rule of all such texts: names, device names, file names, what a browser calls itself. Everything
else stays as it was chosen: rare characters, emoji, accents, the joiners that Persian and Indic
scripts are written with.
"""

import re
import unicodedata
from typing import Final

# Letters and marks that show nothing: fillers, the empty Braille cell, the grapheme joiner.
_EMPTY: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

# Formats that show something, or mark how the letters beside them are drawn.
_SHOWN_FORMATS: Final = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]"
)

# Scripts whose letters join or not by U+200C and U+200D: Arabic, Syriac, the Indic ones, Mongolian.
_JOINING: Final = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u18af\u1950-\u1aaf\u1b00-\u1bff"
    "\ua840-\ua87f\ua8e0-\ua8ff\ua980-\ua9ff\uaa00-\uaadf\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010ac0-\U00010aff\U00010d00-\U00011fff]"
)
_MONGOLIAN: Final = re.compile("[\u1820-\u18aa\u180b-\u180f]")

# England, Scotland, Wales: a black flag, letters that show nothing, and their end.
_FLAG: Final = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")

_JOINERS: Final = "\u200c\u200d"
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def deceives(text: str) -> bool:
    """Tell whether a text holds something that hides text or changes its order."""
    return plainly(text) != text


def plainly(text: str) -> str:
    """Return a text without what hides text or changes its order."""
    # Taking something out can leave a joiner or a selector without what it stood beside.
    while (shown := _without_hidden(text)) != text:
        text = shown
    return text


def _without_hidden(text: str) -> str:
    flags = {at for found in _FLAG.finditer(text) for at in range(*found.span())}
    kept = []
    for at, char in enumerate(text):
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if at in flags or _is_plain(char, before, after):
            kept.append(char)
    return "".join(kept)


def _is_plain(char: str, before: str, after: str) -> bool:
    if char in _JOINERS:
        return _joins(char, before, after)
    if _SELECTORS.match(char):
        return bool(before) and not before.isspace() and not _SELECTORS.match(before)
    if "\u180b" <= char <= "\u180f":
        return bool(_MONGOLIAN.match(before))
    if unicodedata.category(char) == "Cf":
        return bool(_SHOWN_FORMATS.match(char))
    # Unassigned is what this Python does not know yet: the rare characters of people's names.
    hidden = char in _EMPTY or _is_noncharacter(char)
    return not hidden and unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}


def _joins(joiner: str, before: str, after: str) -> bool:
    if _JOINING.match(before):
        return True
    return joiner == "\u200d" and _is_emoji(before) and _is_emoji(after)


def _is_emoji(char: str) -> bool:
    if not char:
        return False
    known = unicodedata.category(char) in {"So", "Sk"} and ord(char) >= 0x2190
    return known or char == "\ufe0f" or 0x1F000 <= ord(char) <= 0x1FAFF or char == "\u20e3"


def _is_noncharacter(char: str) -> bool:
    point = ord(char)
    # Default-ignorable by definition, assigned or not: U+2065, U+FFF0…8, and the tags' plane.
    ignorable = point == 0x2065 or 0xFFF0 <= point <= 0xFFF8 or 0xE0000 <= point <= 0xE0FFF
    return ignorable or point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
