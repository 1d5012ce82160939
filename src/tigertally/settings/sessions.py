"""Sessions: how long they live, how many there may be, how soon their end is known."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.refresh import Rotation
from tigertally.settings.values import Seconds, Subject, Switch, setting


def _policy(text: str) -> str:
    SessionPolicy.parse(text)
    return text


class SessionSettings(Subject):
    """Lives of tokens and sessions, and the policy."""

    title: ClassVar[tuple[str, str]] = ("Sessions", "会话")

    access_ttl: Seconds = setting(900, "Life of an access token.", "访问令牌的有效期。")
    refresh_ttl: Seconds = setting(
        604_800,
        "How long a session lives without a refresh (sliding).",
        "会话在不刷新的情况下能存活多久（每次刷新后重新计时）。",
    )
    session_max_ttl: Seconds = setting(
        2_592_000, "How long a session lives in any case.", "会话最长能存活多久，刷新也不会延长。"
    )
    fresh_ttl: Seconds = setting(
        300,
        "How long after entering a password sensitive calls are allowed.",
        "输入密码之后，多长时间内允许执行敏感操作。",
    )
    refresh_rotation: Rotation = setting(
        Rotation.ALWAYS,
        "`always`; or `bound`: sessions without nonces keep one refresh token, whose theft then "
        "goes unnoticed.",
        "`always`：每次刷新都更换刷新令牌；`bound`：不带 nonce 的会话一直使用同一个刷新令牌，"
        "令牌被盗时无法察觉。",
    )
    session_policy: Annotated[str, AfterValidator(_policy)] = setting(
        "unlimited",
        "Who may be signed in at once: `unlimited`, `single`, `per_device_type`, `limit:N`. The "
        "oldest leaves; also under `unlimited`, where there are a hundred.",
        "同一账号允许多少处同时登录：`unlimited`（不限）、`single`（仅一处）、"
        "`per_device_type`（每类设备一处）、`limit:N`（最多 N 处）。超出时最早的会话下线；"
        "`unlimited` 的上限为一百个。",
    )
    session_overflow: Overflow = setting(
        Overflow.REPLACE,
        "What one session too many does: `replace` the oldest, or `refuse` the new.",
        "会话数超出上限时：`replace` 让最早的会话下线，`refuse` 拒绝新的登录。",
    )
    feed_max_silence: Annotated[float, Field(gt=0, le=60)] = setting(
        0.25,
        "Maximum age of revocation data that a machine may rely on, where there are several.",
        "多台机器部署时，本机所依据的会话注销数据最多可以有多旧。",
    )
    strict_sign_out: Switch = setting(
        Switch.OFF,
        "`on`: ending a session is answered only when no other machine and no other service can "
        "let it in any more: after TALLY_FEED_MAX_SILENCE, or the largest `silence` of your "
        "services (`tigertally services list`). On SQLite only services are waited for.",
        "`on`：确认所有机器和接入的服务都不再接受该会话之后，才应答注销请求，即等待 "
        "TALLY_FEED_MAX_SILENCE 与各服务 `silence`（见 `tigertally services list`）中的最大值。"
        "使用 SQLite 时只等待接入的服务。",
    )
    events_ttl: Seconds = setting(17_280_000, "How long events are kept.", "历史记录保留多久。")

    @property
    def policy(self) -> SessionPolicy:
        """Who may be signed in at once."""
        return SessionPolicy.parse(self.session_policy, self.session_overflow)
