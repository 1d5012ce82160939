"""Passwords that guessers try first.

The list ``common_passwords.txt.gz`` holds one normalised password a line, sorted; it is made by
``tests/common_passwords.py``, which says where its words come from. A password is common if the
list has it, or has what is left without the usual disguise (``P@ssw0rd2026!`` is ``password``), or
if it is a pattern: one character, one short piece again and again, a row of the keyboard, a date
(NIST SP 800-63B §3.1.1.2, ASVS 6.2.4). So are the product's name and the site's (ASVS 6.2.11).
"""

import gzip
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

LIST: Final = "common_passwords.txt.gz"

PRODUCT_WORDS: Final = frozenset({"tiger", "tally", "hufu", "虎符"})
"""What this product is called; docs/defences.md lists them."""

SITE_WORD_MIN: Final = 4
"""Characters of a part of the site's host name that stands for the site."""

_DISGUISE: Final = str.maketrans("0134578@$!|", "oleastbasil")
"""Digits and signs that stand for letters."""

_TAIL: Final = re.compile(r"[\d\W_]{1,10}\Z")
_HEAD: Final = re.compile(r"\A[\d\W_]{1,10}")

# 1990-01-31, 19900131, 31.01.1990, 900131 twice …: birthdays.
_DATE: Final = re.compile(
    r"(?:(?:19|20)\d\d[-./]?(?:0?[1-9]|1[0-2])[-./]?(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./]?(?:0?[1-9]|1[0-2])[-./]?(?:19|20)\d\d)"
)

_REPEATED: Final = re.compile(r"(.{1,4}?)\1+(.{0,3})")

# What numbers say in Chinese (520 我爱你, 1314 一生一世, 168 一路发), and the first on the keys.
_SPOKEN: Final = re.compile(r"(?:520|521|1314|3344|7758|168|886|123|1234|123456|6+|8+|9+|0+)+")

_ROWS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ROWS_BOTH_WAYS: Final = frozenset({*_ROWS, *(row[::-1] for row in _ROWS)})


def is_common(password: str, site: frozenset[str] = frozenset()) -> bool:
    """Tell whether a password is among those that are guessed first; see :func:`site_words`."""
    words = _undisguised(normalised(password))
    own = any(_is_made_of(word, PRODUCT_WORDS | site) for word in words)
    return own or any(map(_is_pattern, words)) or any(map(_is_listed, words))


def site_words(host: str | None) -> frozenset[str]:
    """Return the words by which people call a site: `example` for `auth.example.com`."""
    parts = (host or "").split(".")[:-1]
    return frozenset(
        word
        for part in parts
        if len(word := _unicode(part)) >= SITE_WORD_MIN and word != "localhost"
    )


def _unicode(label: str) -> str:
    """Return a part of a host name as people write it."""
    try:
        return normalised(label.encode("ascii").decode("idna"))
    except UnicodeError:
        return normalised(label)


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    """Tell whether the text consists of these words alone, once or repeated."""
    rest = text
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != text and not re.sub(r"[\W_]", "", rest)


def normalised(password: str) -> str:
    """Return the form in which passwords are listed and looked up."""
    return unicodedata.normalize("NFKC", password).casefold()


def _undisguised(text: str) -> set[str]:
    """Return the password, and the words that it may be derived from."""
    bare = {text, _TAIL.sub("", text), _HEAD.sub("", text), _HEAD.sub("", _TAIL.sub("", text))}
    # Before the tail is cut, too: in `passw0rd` the disguise is inside, in `pa$$` at the end.
    spelt = {word.translate(_DISGUISE) for word in bare}
    # Three letters with many digits are as weak; of one or two, nothing is said.
    return {word for word in bare | spelt if len(word) >= 3}


def _is_pattern(text: str) -> bool:
    if _DATE.fullmatch(text) or _SPOKEN.fullmatch(text):
        return True
    repeated = _REPEATED.fullmatch(text)
    if repeated is not None and repeated[1].startswith(repeated[2]):
        return True
    return any(text in row + row for row in _ROWS_BOTH_WAYS)


def _is_listed(word: str) -> bool:
    # Searched as text: a set of the words would take thirteen times the memory in each process.
    line = word.encode("utf-8", "surrogatepass")
    return b"\n" not in line and b"\n%b\n" % line in _listed()


@lru_cache(1)
def _listed() -> bytes:
    """Return the list, with a line break before and behind each word."""
    packed = files("tigertally.core").joinpath(LIST).read_bytes()
    return b"\n%b\n" % gzip.decompress(packed)
