"""How the service is reached: its address, proxies, pages of other origins, its own pages."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from tigertally.settings.addresses import (
    ApiPrefix,
    HeaderName,
    NetworkText,
    Origin,
    ProxyHeaders,
    PublicUrl,
    TrustedProxy,
)
from tigertally.settings.values import PREFIX, Exposure, Listed, Subject, Switch, setting

_YEAR: Final = 31_536_000


class MetricsFor(StrEnum):
    """Who may read the figures."""

    LOCAL = "local"
    """Callers on this machine: a Prometheus beside the service."""
    ANYONE = "anyone"
    NOBODY = "nobody"


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


class WebSettings(Subject):
    """Public address, proxies, CORS and HSTS; who may read what is for developers and operators."""

    title: ClassVar[tuple[str, str]] = ("Web", "网络")

    public_url: PublicUrl | None = setting(
        None,
        "Where people reach the service, such as https://example.com or, below a path, "
        "https://example.com/auth.",
        "用户访问服务的地址，例如 https://example.com；位于某个路径之下时，例如 "
        "https://example.com/auth。",
    )
    api_prefix: ApiPrefix = setting(
        "/api",
        "Where an application that embeds the product has our API. `tigertally serve` has it at "
        "`/api` and refuses another value.",
        "嵌入应用时，我们的接口所在的路径。`tigertally serve` 的接口固定在 `/api`，"
        "设为其他值时拒绝启动。",
    )
    cors_origins: Annotated[tuple[Origin, ...], Listed] = setting(
        (),
        "Other origins whose pages may call, separated by commas; those of apps too, such as "
        "`capacitor://localhost`.",
        "允许跨域调用的其他来源，用逗号分隔；应用的来源也可以，例如 `capacitor://localhost`。",
    )
    cors_headers: Annotated[tuple[HeaderName, ...], Listed] = setting(
        ("baggage", "sentry-trace", "traceparent", "tracestate", "x-request-id"),
        "Headers that pages of other origins may send besides ours, separated by commas; by "
        "default those of tracing tools.",
        "跨域页面除我们自己的请求头以外还可以发送的请求头，用逗号分隔；默认为链路追踪工具所用的。",
    )
    trusted_proxies: Annotated[tuple[TrustedProxy, ...], Listed] = setting(
        (),
        "Addresses or networks of proxies whose headers are believed, separated by commas; `unix` "
        "stands for callers on a Unix socket.",
        "受信任的代理的地址或网段，用逗号分隔，只采信它们发来的请求头；"
        "`unix` 表示通过 Unix 套接字连接的调用方。",
    )
    proxy_headers: ProxyHeaders = setting(
        ProxyHeaders.X_FORWARDED,
        "Which headers of trusted proxies count: `x-forwarded` (X-Forwarded-For, -Proto, -Host, "
        "-Port, -Prefix), or `forwarded` (RFC 7239). The other ones are ignored.",
        "采信受信任代理的哪一类请求头：`x-forwarded`（X-Forwarded-For、-Proto、-Host、-Port、"
        "-Prefix），或 `forwarded`（RFC 7239）。另一类会被忽略。",
    )
    admin_networks: Annotated[tuple[NetworkText, ...], Listed] = setting(
        (),
        "Addresses or networks that `/api/admin` may be called from, separated by commas; by "
        "default any. Behind a proxy, TALLY_TRUSTED_PROXIES decides whose address counts.",
        "允许调用 `/api/admin` 的地址或网段，用逗号分隔；默认不限制。位于代理之后时，"
        "由 TALLY_TRUSTED_PROXIES 决定采信哪个地址。",
    )
    metrics: MetricsFor = setting(
        MetricsFor.LOCAL,
        "Who may read `/metrics`: `local` (this machine), `anyone`, `nobody`.",
        "谁可以读取 `/metrics`：`local`（本机）、`anyone`（任何人）、`nobody`（谁都不行）。",
    )
    docs: Exposure = setting(
        Exposure.ON,
        "Who may read `/api/docs`, `/api/openapi.json` and the documentation at `/docs`: `on` "
        "(anyone), `local` (this machine), `off`.",
        "谁可以读取 `/api/docs`、`/api/openapi.json` 和 `/docs` 的文档：`on`（任何人）、"
        "`local`（本机）、`off`（关闭）。",
    )
    readiness: Exposure = setting(
        Exposure.ON,
        "Who may read `/readyz`: `on` (anyone), `local` (this machine), `off`.",
        "谁可以读取 `/readyz`：`on`（任何人）、`local`（本机）、`off`（关闭）。",
    )
    hsts_max_age: Annotated[int, Field(ge=0, le=10 * _YEAR)] = setting(
        _YEAR,
        "How long browsers keep to https once they were there; `0` makes them forget.",
        "浏览器通过 https 访问之后，多长时间内只使用 https；`0` 让浏览器取消这一限制。",
    )
    hsts_subdomains: Switch = setting(
        Switch.OFF,
        "`on`: the same for all sub-domains of the host.",
        "`on`：同样适用于该主机的所有子域名。",
    )
    hsts_preload: Switch = setting(
        Switch.OFF,
        "`on`: agrees to be built into browsers; needs TALLY_HSTS_SUBDOMAINS and a year.",
        "`on`：同意加入浏览器内置的 HSTS 名单；需要同时开启 TALLY_HSTS_SUBDOMAINS，"
        "且有效期至少一年。",
    )
    log_format: LogFormat = setting(
        LogFormat.TEXT, "Log as `text` or `json`.", "日志格式：`text` 或 `json`。"
    )

    def check(self) -> None:
        """Refuse a preload that browsers' lists would not take."""
        preload = self.hsts_preload is Switch.ON
        if preload and (self.hsts_subdomains is Switch.OFF or self.hsts_max_age < _YEAR):
            raise ValueError(
                f"{PREFIX}HSTS_PRELOAD needs {PREFIX}HSTS_SUBDOMAINS=on and {PREFIX}HSTS_MAX_AGE "
                "of at least 31536000: browsers' lists demand both"
            )

    @property
    def https(self) -> bool:
        """Whether the public address is on https."""
        return bool(self.public_url and self.public_url.startswith("https:"))

    @property
    def public_origin(self) -> str | None:
        """Scheme, host and port of the public address."""
        return "/".join(self.public_url.split("/", 3)[:3]) if self.public_url else None

    @property
    def public_path(self) -> str:
        """Path of the public address, without a slash behind; empty at the top."""
        return (self.public_url or "").removeprefix(self.public_origin or "")

    @property
    def hsts(self) -> str:
        """Value of the header ``Strict-Transport-Security`` (RFC 6797 §6.1)."""
        parts = [f"max-age={self.hsts_max_age}"]
        parts += ["includeSubDomains"] if self.hsts_subdomains is Switch.ON else []
        parts += ["preload"] if self.hsts_preload is Switch.ON else []
        return "; ".join(parts)
