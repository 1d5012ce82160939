"""Reserved user names: people would take their owner for the operator.

Names are compared by their looks, so that neither `Adm1n` nor `a.d.m.i.n` passes.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from tigertally.core.users import name_key
from tigertally.errors import InvalidRequest

BUILT_IN: Final = (
    *("admin", "admins", "administrator", "administrators", "sysadmin", "superadmin", "superuser"),
    *("root", "system", "operator", "moderator", "staff", "official"),
    *("support", "help", "helpdesk", "service", "customerservice", "security", "abuse", "billing"),
    *("postmaster", "hostmaster", "webmaster", "noreply", "mailerdaemon"),
    *("null", "undefined", "anonymous", "everyone", "tigertally"),
    *(
        "管理员",
        "系统管理员",
        "超级管理员",
        "超管",
        "系统",
        "系统消息",
        "系统通知",
        "客服",
        "在线客服",
    ),
    *(
        "官方",
        "官方客服",
        "客服中心",
        "人工客服",
        "运营",
        "版主",
        "站长",
        "安全中心",
        "技术支持",
        "虎符",
    ),
    *("虎符官方", "虎符客服", "匿名", "匿名用户"),
)
"""The names that are reserved by default."""

NONE: Final = "none"
"""In the list of an operator: leave out what is built in."""

# What passes for a letter, after case, width and accents are gone: digits, signs, Cyrillic, Greek.
# `l` passes for `i`: there is no harm in refusing "admln" too. Traditional Chinese as well.
_DOUBLES: Final = {
    "a": "4αа",
    "b": "8",
    "c": "сϲ",
    "d": "đԁ",
    "e": "3еεє",
    "g": "9ɡ",
    "h": "һ",
    "i": "1|!lłıіιӏ",
    "j": "јϳ",
    "k": "кκ",
    "m": "м",
    "n": "ηпո",
    "o": "0øοоօ",
    "p": "рρ",
    "s": "5$ѕ",
    "t": "7тτ",
    "u": "υս",
    "v": "νѵ",
    "x": "хχ",
    "y": "уγ",
    "员": "員",
    "统": "統",
    "级": "級",
    "号": "號",
    "务": "務",
    "坛": "壇",
    "术": "術",
    "线": "線",
    "运": "運",
    "营": "營",
    "长": "長",
}
_LOOKS_LIKE: Final = {ord(one): letter for letter, all_ in _DOUBLES.items() for one in all_}
_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠\t\r\n]")


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would run a text."""
    return _FORMULA.match(text) is not None


def defused(cell: str) -> str:
    """Return a cell of a table that no spreadsheet runs as a formula."""
    return f"'{cell}" if is_formula(cell) else cell


def refuse_formula(text: str, field: str) -> None:
    """Refuse what a spreadsheet would run if it stood in an exported list (InvalidRequest)."""
    if is_formula(text):
        raise InvalidRequest.at(field, "formula_start")


@dataclass(frozen=True, slots=True)
class ReservedNames:
    """Names that nobody may register. Build it with :meth:`of`."""

    looks: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str] = ()) -> Self:
        """Reserve these names and the built-in ones; ``none`` in the list leaves the latter out."""
        own = list(names)
        known = () if NONE in own else BUILT_IN
        return cls(frozenset(_look(name) for name in (*known, *own) if name != NONE))

    def refuse(self, username: str) -> None:
        """Refuse a user name that is reserved (InvalidRequest, ``username``)."""
        if _look(username) in self.looks:
            raise InvalidRequest.at("username", "username_reserved")


def _look(name: str) -> str:
    """Return a name reduced to its looks: no case, accents or signs, look-alikes as one letter."""
    bare = unicodedata.normalize("NFKD", name_key(name)).translate(_LOOKS_LIKE)
    look = "".join(char for char in bare if char.isalnum())
    # A name of signs alone looks like itself, and like nothing that is reserved.
    return look.replace("rn", "m").replace("vv", "w") or name
