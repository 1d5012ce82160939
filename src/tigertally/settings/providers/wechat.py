"""WeChat: mini programs, their message push, and sign-in on websites."""

from typing import ClassVar

from pydantic import SecretStr

from tigertally.settings.providers.values import (
    AesKey,
    AppId,
    Apps,
    PageUrl,
    UpstreamUrl,
    check_apps,
    joined_apps,
)
from tigertally.settings.values import PREFIX, Subject, setting


class WechatSettings(Subject):
    """Apps of WeChat, and where its servers are."""

    title: ClassVar[tuple[str, str]] = ("WeChat", "微信")

    wechat_mini_app_id: AppId | None = setting(
        None, "WeChat mini program: id.", "微信小程序：AppID。"
    )
    wechat_mini_app_secret: SecretStr | None = setting(
        None,
        "WeChat mini program: secret, from the console.",
        "微信小程序：后台生成的 AppSecret。",
        from_file=True,
    )
    wechat_mini_apps: Apps | None = setting(
        None,
        "Further mini programs, as `id:secret`, separated by commas.",
        "其他小程序，写作 `id:secret`，用逗号分隔。",
        from_file=True,
    )
    wechat_push_token: SecretStr | None = setting(
        None,
        "Token of WeChat's message push, as entered in the console, where the address is "
        "`…/api/push/wechat-mini/<app id>`.",
        "微信消息推送的 Token，与后台填写的一致；后台的推送地址填 "
        "`…/api/push/wechat-mini/<app id>`。",
        from_file=True,
    )
    wechat_push_aes_key: AesKey | None = setting(
        None,
        "EncodingAESKey of the message push; with it, only encrypted ones are taken.",
        "消息推送的 EncodingAESKey；设置后只接收加密消息。",
        from_file=True,
    )
    wechat_base_url: UpstreamUrl = setting(
        "https://api.weixin.qq.com",
        "WeChat's server; another one only for tests (`tigertally dev wechat`).",
        "微信服务器；只有测试时才改成别的（`tigertally dev wechat`）。",
    )
    wechat_web_app_id: AppId | None = setting(
        None, "WeChat sign-in on websites (QR code): id.", "微信网站扫码登录：AppID。"
    )
    wechat_web_app_secret: SecretStr | None = setting(
        None,
        "WeChat sign-in on websites: secret.",
        "微信网站扫码登录：AppSecret。",
        from_file=True,
    )
    wechat_web_apps: Apps | None = setting(
        None,
        "Further websites, as `id:secret`, separated by commas.",
        "其他网站应用，写作 `id:secret`，用逗号分隔。",
        from_file=True,
    )
    wechat_web_page_url: UpstreamUrl = setting(
        "https://open.weixin.qq.com", "Where WeChat shows its QR codes.", "微信展示二维码的地址。"
    )
    wechat_web_return_url: PageUrl | None = setting(
        None,
        "Page to which WeChat sends the browser back; by default `/login/wechat-web` below the "
        "public address.",
        "扫码之后微信跳转回来的页面；默认为对外地址下的 `/login/wechat-web`。",
    )

    @property
    def wechat_mini(self) -> dict[str, SecretStr]:
        """Every mini program: id to secret."""
        return joined_apps(
            self.wechat_mini_app_id, self.wechat_mini_app_secret, self.wechat_mini_apps
        )

    @property
    def wechat_web(self) -> dict[str, SecretStr]:
        """Every website: id to secret."""
        return joined_apps(self.wechat_web_app_id, self.wechat_web_app_secret, self.wechat_web_apps)

    def check(self) -> None:
        """Refuse half an app, one named twice, and messages that could not be checked."""
        check_apps(
            "WECHAT_MINI",
            self.wechat_mini_app_id,
            self.wechat_mini_app_secret,
            self.wechat_mini_apps,
        )
        check_apps(
            "WECHAT_WEB", self.wechat_web_app_id, self.wechat_web_app_secret, self.wechat_web_apps
        )
        push = f"{PREFIX}WECHAT_PUSH"
        if self.wechat_push_aes_key is not None and self.wechat_push_token is None:
            raise ValueError(f"{push}_AES_KEY needs {push}_TOKEN: set both, or the token alone")
        if self.wechat_push_token is not None and not self.wechat_mini:
            raise ValueError(f"{push}_TOKEN has no effect without {PREFIX}WECHAT_MINI_APP_ID")
