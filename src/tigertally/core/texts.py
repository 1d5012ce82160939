"""Names and other texts for people: nothing in them may hide or reorder what is shown.

Refused or left out: controls, direction marks and overrides, and characters that show nothing,
unless they stand in a sequence that needs them. Such are emoji (UTS 51), Persian and Indic words
with joiners (RFC 5892, appendix A), and variants of Chinese characters (UTS 37). Everything else
stays: accents, apostrophes, `·`, rare characters, also those that Python does not know yet.
"""

import re
import unicodedata
from typing import Final

# Letters and marks that show nothing: fillers, joiners, the empty Braille cell, Khmer vowels that
# are not written.
_BLANK: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")

# Formats that are seen: Arabic, Syriac and Kaithi signs that stand before a number.
_SEEN_FORMATS: Final = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]"
)

# Unassigned code points that are set aside for characters without a look, or for no character.
_NEVER_SEEN: Final = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")

# Spaces of other widths: a Chinese keyboard and a copied text have them.
_SPACE: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")

_ZWNJ: Final = "\u200c"
_ZWJ: Final = "\u200d"
_KEYCAP: Final = "\u20e3"

_VARIED: Final = re.compile("[\ufe00-\ufe0d\U000e0100-\U000e01ef]")
_EMOJI_STYLE: Final = frozenset("\ufe0e\ufe0f")
_MONGOLIAN: Final = frozenset("\u180b\u180c\u180d\u180f")
_SKIN: Final = re.compile("[\U0001f3fb-\U0001f3ff]")

# Emoji that are no symbols to Unicode: !! !? and the letter i.
_OTHER_EMOJI: Final = frozenset("\u203c\u2049\u2139\u3030\u303d")

# The flags of England, Scotland, Wales: a black flag, and letters that show nothing.
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")

_JOINED: Final = frozenset(
    {"ADLAM", "ARABIC", "BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "KANNADA", "KHMER"}
    | {"MALAYALAM", "MANDAIC", "MONGOLIAN", "MYANMAR", "NKO", "ORIYA", "SINHALA", "SYRIAC"}
    | {"TAMIL", "TELUGU", "TIBETAN"}
)
"""Scripts whose letters change their shape with a joiner between them, or a non-joiner."""

_VIRAMA: Final = 9
"""The combining class of signs that bind two consonants."""


def plain_spaces(text: str) -> str:
    """Return a text with a plain space for each space of another width."""
    return _SPACE.sub(" ", text)


def hides(text: str) -> bool:
    """Tell whether a text contains characters that hide or reorder text."""
    return without_hidden(text) != text


def without_hidden(text: str) -> str:
    """Return a text without characters that hide or reorder text. Accepts any text."""
    flags = {at for flag in _FLAG.finditer(text) for at in range(*flag.span())}
    kept = ""
    for at, char in enumerate(text):
        if at in flags or _is_shown(kept, char, text[at + 1 : at + 2]):
            kept += char
    return kept


def _is_shown(before: str, char: str, after: str) -> bool:
    """Tell whether a character may stand here; ``after`` is the next one, if there is one."""
    last = before[-1:]
    if char in {_ZWJ, _ZWNJ}:
        return _joins(before, char, after)
    if char in _EMOJI_STYLE:
        return _is_emoji(last) or (after == _KEYCAP and last in frozenset("0123456789#*"))
    if _VARIED.fullmatch(char):
        return _is_ideograph(last)
    if char in _MONGOLIAN:
        return _script(last) == "MONGOLIAN"
    return _is_shown_alone(char)


def _is_shown_alone(char: str) -> bool:
    """Tell whether a character is visible and reorders no other, wherever it stands."""
    if _BLANK.fullmatch(char) or _NEVER_SEEN.fullmatch(char) or ord(char) & 0xFFFE == 0xFFFE:
        return False
    category = unicodedata.category(char)
    if category == "Cf":
        return _SEEN_FORMATS.fullmatch(char) is not None
    return category not in {"Cc", "Cs", "Zl", "Zp"}


def _joins(before: str, char: str, after: str) -> bool:
    last = before[-1:]
    if last and unicodedata.combining(last) == _VIRAMA:
        return True
    if _script(last) in _JOINED:
        return _script(last) == _script(after)
    if last in _EMOJI_STYLE:
        last = before[-2:-1]
    return char == _ZWJ and _is_emoji(last) and _is_emoji(after)


def _is_emoji(char: str) -> bool:
    if not char:
        return False
    symbol = unicodedata.category(char) in {"So", "Sm"} or _SKIN.fullmatch(char) is not None
    # Newer emoji than Python's: they are all on this plane.
    return symbol or char in _OTHER_EMOJI or "\U0001f000" <= char <= "\U0001faff"


def _is_ideograph(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\U00020000"


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0] if char else ""
