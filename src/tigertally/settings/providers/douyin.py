"""Douyin: mini programs."""

from typing import ClassVar

from pydantic import SecretStr

from tigertally.settings.providers.values import AppId, Apps, UpstreamUrl, check_apps, joined_apps
from tigertally.settings.values import Subject, setting


class DouyinSettings(Subject):
    """Apps of Douyin, and where its server is."""

    title: ClassVar[tuple[str, str]] = ("Douyin", "抖音")

    douyin_mini_app_id: AppId | None = setting(
        None, "Douyin mini program: id.", "抖音小程序：AppID。"
    )
    douyin_mini_app_secret: SecretStr | None = setting(
        None, "Douyin mini program: secret.", "抖音小程序：AppSecret。", from_file=True
    )
    douyin_mini_apps: Apps | None = setting(
        None,
        "Further mini programs, as `id:secret`, separated by commas.",
        "其他小程序，写作 `id:secret`，用逗号分隔。",
        from_file=True,
    )
    douyin_base_url: UpstreamUrl = setting(
        "https://developer.toutiao.com", "Douyin's server.", "抖音服务器。"
    )

    @property
    def douyin_mini(self) -> dict[str, SecretStr]:
        """Every mini program: id to secret."""
        return joined_apps(
            self.douyin_mini_app_id, self.douyin_mini_app_secret, self.douyin_mini_apps
        )

    def check(self) -> None:
        """Refuse half an app, and one named twice."""
        check_apps(
            "DOUYIN_MINI",
            self.douyin_mini_app_id,
            self.douyin_mini_app_secret,
            self.douyin_mini_apps,
        )
