"""User names that people may not take for themselves: those that speak for the service."""

import re
from collections.abc import Iterable
from typing import Final

from tigertally.core.users import name_key

RESERVED: Final = (
    "abuse", "admin", "administrator", "administrators", "admins", "admin team", "customer service",
    "customer support", "helpdesk", "hostmaster", "mailer daemon", "moderator", "moderators",
    "no reply", "official", "official support", "operator", "postmaster", "root", "security",
    "security team", "staff", "superuser", "support", "support team", "sysadmin", "system",
    "system admin", "system administrator", "tiger tally", "webmaster",
    "虎符", "管理员", "系统管理员", "超级管理员", "管理員", "系統管理員", "超級管理員",
    "系统", "系統", "客服", "官方", "官方客服",
    "在线客服", "人工客服", "客服中心", "运营", "运维", "版主", "站长",
    "审核员", "工作人员", "系统消息", "系统通知", "官方账号", "官方帐号", "匿名", "游客", "小助手",
)  # fmt: skip
"""Where the operator sets none."""

# Digits and signs that stand for letters, and whole words in letters of another script.
_LETTERS: Final = str.maketrans(
    "0134578@$!|іїаеорсухԁѕјһԛԝтмкнвαοερντικυ",
    "oleastbasiliiaeopcyxdsjhqwtmkhbaoepvtiku",
)
_NOISE: Final = re.compile(r"[\W_]+")


class ReservedNames:
    """Knows reserved names, also where they are written in disguise."""

    def __init__(self, names: Iterable[str] = RESERVED) -> None:
        self._skeletons = frozenset(map(_skeleton, names)) - {""}

    def __contains__(self, name: str) -> bool:
        return _skeleton(name) in self._skeletons


def _skeleton(name: str) -> str:
    """Return what is left of a name for the eye: ``Adm1n_`` and ``a.d.m.i.n`` are one."""
    # "l" for "i" as well: in most typefaces nobody can tell them apart.
    return _NOISE.sub("", name_key(name).translate(_LETTERS)).replace("l", "i")
