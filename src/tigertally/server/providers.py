"""The services to sign in with, as the settings name them."""

from tigertally.core.providers import Provider, Providers
from tigertally.providers.douyin_mini import DouyinMini
from tigertally.providers.upstream import Upstream
from tigertally.providers.wechat import WechatApi
from tigertally.providers.wechat_mini import WechatMini
from tigertally.providers.wechat_push import WechatPush
from tigertally.providers.wechat_web import WechatWeb
from tigertally.secret import Secret
from tigertally.settings import Settings


def make_providers(settings: Settings) -> Providers:
    """Return the providers for which apps are set up."""
    wechat = WechatApi(Upstream(settings.wechat_base_url))
    mini = WechatMini(wechat, _apps(settings, "wechat_mini"))
    web = WechatWeb(wechat, settings.wechat_web_page_url, _apps(settings, "wechat_web"))
    douyin = DouyinMini(Upstream(settings.douyin_base_url), _apps(settings, "douyin_mini"))
    everyone: tuple[Provider, ...] = (mini, web, douyin)
    token, aes_key = settings.wechat_push_token, settings.wechat_push_aes_key
    push = WechatPush(
        mini.name,
        mini.app_ids,
        Secret(token.get_secret_value() if token else ""),
        Secret(aes_key.get_secret_value()) if aes_key else None,
    )
    return Providers(
        sign_in={one.name: one for one in everyone if one.app_ids},
        pages={web.name: web} if web.app_ids else {},
        phones={mini.name: mini} if mini.app_ids else {},
        # Without a token there is nothing that a signature could be checked against.
        pushes={mini.name: push} if token else {},
    )


def _apps(settings: Settings, kind: str) -> dict[str, Secret]:
    apps = settings.apps(kind).items()
    return {app_id: Secret(secret.get_secret_value()) for app_id, secret in apps}
