"""Passwords: what hashing one costs, and how many wrong ones are answered."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from tigertally.core.passwords import MEMORY_KIB_MIN, PASSES_MIN
from tigertally.settings.values import Seconds, Subject, Switch, setting


class PasswordCost(StrEnum):
    """How expensive it is to hash a password."""

    SAFE = "safe"
    TESTING = "testing"
    """Next to nothing. With a stolen database, passwords are then easy to guess."""


class PasswordSettings(Subject):
    """Limits on guessing, and the cost of a hash."""

    title: ClassVar[tuple[str, str]] = ("Passwords", "密码")

    rate_limits: Switch = setting(
        Switch.ON, "`off` only for load tests.", "只有压力测试时才设为 `off`。"
    )
    lockout_failures: Annotated[int, Field(ge=1, le=1000)] = setting(
        5,
        "Wrong passwords after which an account's are refused for a while.",
        "密码输错多少次之后，暂时拒绝该账号用密码登录。",
    )
    lockout_ttl: Seconds = setting(600, "How long they are refused.", "拒绝多长时间。")
    password_memory_kib: Annotated[int, Field(ge=MEMORY_KIB_MIN, le=262_144)] = setting(
        MEMORY_KIB_MIN,
        "Memory of one hash of a password (Argon2id), in KiB; each worker makes up to four at "
        "once. Existing hashes follow when their owners sign in.",
        "一次密码哈希（Argon2id）使用的内存，单位 KiB；每个工作进程最多同时计算四个。"
        "已有的哈希在用户下次登录时更新。",
    )
    password_passes: Annotated[int, Field(ge=PASSES_MIN, le=16)] = setting(
        PASSES_MIN,
        "How often a hash passes over its memory.",
        "一次哈希遍历内存的次数。",
    )
    password_cost: PasswordCost = setting(
        PasswordCost.SAFE,
        "`safe`: as the two settings above say. `testing`: next to nothing, so that tests are "
        "quick; never where passwords of people are kept.",
        "`safe`：按以上两项设置。`testing`：几乎不耗资源，让测试更快；"
        "绝不能用于保存真实用户密码的环境。",
    )
