"""Creates the identity providers from the settings."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from pydantic import SecretStr

from tigertally.core.providers import Provider, Providers
from tigertally.errors import SetupError
from tigertally.secret import Secret
from tigertally.server.extras import require_extra
from tigertally.settings import Settings
from tigertally.settings.providers.values import LOOPBACK


def make_providers(settings: Settings) -> Providers:
    """Return the providers with configured apps. Raises SetupError for an unusable proxy."""
    wechat_proxy = proxy_towards(settings.wechat_base_url)
    douyin_proxy = proxy_towards(settings.douyin_base_url)
    found = Providers()
    if settings.wechat_mini or settings.wechat_web or settings.douyin_mini:
        require_extra("providers", what="signing in with WeChat or Douyin")
    if settings.wechat_mini or settings.wechat_web:
        found = _wechat(settings, wechat_proxy)
    if settings.douyin_mini:
        found = replace(found, sign_in={**found.sign_in, **_douyin(settings, douyin_proxy)})
    return found


def _wechat(settings: Settings, proxy: Secret | None) -> Providers:
    # Here and in `_douyin`, not at the top: most services have no app there, and need no client.
    from tigertally.providers.upstream import Upstream  # noqa: PLC0415
    from tigertally.providers.wechat import WechatApi  # noqa: PLC0415
    from tigertally.providers.wechat_mini import WechatMini  # noqa: PLC0415
    from tigertally.providers.wechat_push import WechatPush  # noqa: PLC0415
    from tigertally.providers.wechat_web import WechatWeb  # noqa: PLC0415

    api = WechatApi(Upstream(settings.wechat_base_url, proxy=proxy))
    mini = WechatMini(api, _apps(settings.wechat_mini))
    web = WechatWeb(api, settings.wechat_web_page_url, _apps(settings.wechat_web))
    both: tuple[Provider, ...] = (mini, web)
    token, aes_key = settings.wechat_push_token, settings.wechat_push_aes_key
    push = WechatPush(
        mini.name,
        mini.app_ids,
        Secret(token.get_secret_value() if token else ""),
        Secret(aes_key.get_secret_value()) if aes_key else None,
    )
    return Providers(
        sign_in={one.name: one for one in both if one.app_ids},
        pages={web.name: web} if web.app_ids else {},
        phones={mini.name: mini} if mini.app_ids else {},
        # Without a token no signature can be checked.
        pushes={mini.name: push} if token else {},
    )


def _douyin(settings: Settings, proxy: Secret | None) -> Mapping[str, Provider]:
    from tigertally.providers.douyin_mini import DouyinMini  # noqa: PLC0415
    from tigertally.providers.upstream import Upstream  # noqa: PLC0415

    mini = DouyinMini(Upstream(settings.douyin_base_url, proxy=proxy), _apps(settings.douyin_mini))
    return {mini.name: mini}


def proxy_towards(url: str) -> Secret | None:
    """Return the environment's proxy for an address, or ``None``.

    Reads ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` in upper or lower case, as other programs
    do; boto3 reads the same for buckets. This machine is never reached through a proxy. Raises
    SetupError for an unusable one.
    """
    target = urlsplit(url)
    if target.hostname in LOOPBACK:
        return None
    named = getproxies_environment()
    scheme = target.scheme if named.get(target.scheme) else "all"
    text = named.get(scheme, "").strip()
    if not text or proxy_bypass_environment(target.netloc, named):
        return None
    # Many programs accept an address without a scheme.
    address = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in {"http", "https"}:
        raise SetupError(
            f"the proxy that {scheme.upper()}_PROXY names cannot be used",
            remedy="write it like http://proxy.example:3128, or list the host in NO_PROXY",
        )
    return Secret(address)


def _apps(apps: Mapping[str, SecretStr]) -> dict[str, Secret]:
    return {app_id: Secret(secret.get_secret_value()) for app_id, secret in apps.items()}


def return_urls(settings: Settings, providers: Providers) -> Mapping[str, str]:
    """Return where a browser comes back to from each provider's page, as far as settings say."""
    urls: dict[str, str] = {}
    if settings.public_url is not None:
        urls = {name: f"{settings.public_url}/login/{name}" for name in providers.pages}
    if settings.wechat_web_return_url is not None:
        from tigertally.providers.wechat_web import NAME  # noqa: PLC0415 - as above

        urls[NAME] = settings.wechat_web_return_url
    return urls
