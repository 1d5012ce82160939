"""Accounts: who may make one, under which names, and how long a deletion can be cancelled."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from tigertally.settings.values import Listed, Subject, setting


class Registration(StrEnum):
    """Whether people may make accounts themselves."""

    OPEN = "open"
    CLOSED = "closed"


class AccountSettings(Subject):
    """Registering and deleting."""

    title: ClassVar[tuple[str, str]] = ("Accounts", "账号")

    registration: Registration = setting(
        Registration.OPEN,
        "`open`, or `closed`: accounts by the CLI only.",
        "`open`：开放注册；`closed`：只能用命令行创建账号。",
    )
    reserved_names: Annotated[tuple[str, ...], Listed] = setting(
        (),
        "Further user names that nobody may register, separated by commas; the command line may. "
        "With `none` among them, those that are built in (`admin`, `客服` …) are free.",
        "另外保留、不允许注册的用户名，用逗号分隔；命令行不受限制。其中写上 `none`，"
        "则取消内置的保留名（`admin`、`客服`……）。",
    )
    deletion_cool_off: Annotated[int, Field(ge=0, le=366 * 86_400)] = setting(
        1_209_600,
        "How long a deleted account can be kept by signing in again.",
        "账号注销之后，多长时间内登录即可恢复。",
    )
