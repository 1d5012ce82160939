"""Settings: read from the environment in this one place, validated before anything starts.

Each is an environment variable ``TALLY_<NAME>``; an unknown one is an error, because a misspelt
security setting is worse than none. Durations are seconds.
"""

import difflib
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from tigertally.core.keys import Algorithm
from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.refresh import Rotation
from tigertally.errors import SetupError

PREFIX: Final = "TALLY_"
SECRET_MIN: Final = 32

_APP_ID: Final = r"[A-Za-z0-9_-]{1,64}"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Registration(StrEnum):
    """Whether people may make accounts themselves."""

    OPEN = "open"
    CLOSED = "closed"


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "*" in text:
        raise ValueError("must be an origin like https://example.com, never a wildcard")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must be an origin only: scheme, host and port, nothing behind")
    return f"{parts.scheme}://{parts.netloc}"


def _strong_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < SECRET_MIN or len(set(text)) < 10:
        raise ValueError(
            f"is too weak: use at least {SECRET_MIN} random characters, for example from "
            '`python3 -c "import secrets; print(secrets.token_urlsafe(32))"`'
        )
    return secret


def _policy(text: str) -> str:
    SessionPolicy.parse(text)
    return text


def _upstream(text: str) -> str:
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise ValueError("must be an address like https://api.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be on https: the app's secret travels there; http only on 127.0.0.1")
    return parts.geturl()


def _page(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        raise ValueError("must be the address of a page, like https://example.com/login/wechat-web")
    return text


def _aes_key(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9]{43}", secret.get_secret_value()):
        raise ValueError("must be the 43 letters and digits of the console's EncodingAESKey")
    return secret


def _pairs(apps: SecretStr | None) -> list[tuple[str, SecretStr]]:
    listed = [part.strip() for part in (apps.get_secret_value() if apps else "").split(",")]
    pairs = [part.partition(":") for part in listed if part]
    return [(app_id, SecretStr(secret)) for app_id, _, secret in pairs]


def _whole_pairs(apps: SecretStr) -> SecretStr:
    for app_id, secret in _pairs(apps):
        if not re.fullmatch(_APP_ID, app_id) or not secret.get_secret_value():
            raise ValueError("must be `id:secret,id:secret`, each app with both")
    return apps


def _listed(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Listed = BeforeValidator(_listed)
Seconds = Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]
Origin = Annotated[str, AfterValidator(_origin)]
AppId = Annotated[str, Field(pattern=f"^{_APP_ID}$")]
Apps = Annotated[SecretStr, AfterValidator(_whole_pairs)]
UpstreamUrl = Annotated[str, AfterValidator(_upstream)]


class Settings(BaseModel):
    """All settings, frozen. Build it with :func:`load_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(
        default=Path("tally-data"),
        description="Folder for the database, the master secret and what else one machine keeps.",
    )
    database_url: str | None = Field(
        default=None, description="Database; by default a SQLite file in the data directory."
    )
    redis_url: SecretStr | None = Field(
        default=None, description="Redis for several machines. Not used by this version."
    )
    secret: Annotated[SecretStr, AfterValidator(_strong_secret)] | None = Field(
        default=None,
        description="Master secret; by default generated into the data directory at first start.",
    )
    secret_file: Path | None = Field(
        default=None, description="File that holds the master secret, in place of TALLY_SECRET."
    )
    public_url: Origin | None = Field(
        default=None, description="Where people reach the service, such as https://example.com."
    )
    access_ttl: Seconds = Field(default=900, description="Life of an access token.")
    refresh_ttl: Seconds = Field(
        default=604_800, description="How long a session lives without a refresh (sliding)."
    )
    session_max_ttl: Seconds = Field(
        default=2_592_000, description="How long a session lives in any case."
    )
    fresh_ttl: Seconds = Field(
        default=300, description="How long after entering a password sensitive calls are allowed."
    )
    refresh_rotation: Rotation = Field(
        default=Rotation.ALWAYS,
        description="`always`; or `bound`: sessions without nonces keep one refresh token, whose "
        "theft then goes unnoticed.",
    )
    session_policy: Annotated[str, AfterValidator(_policy)] = Field(
        default="unlimited",
        description="Who may be signed in at once: `unlimited`, `single`, `per_device_type`, "
        "`limit:N`.",
    )
    session_overflow: Overflow = Field(
        default=Overflow.REPLACE,
        description="What one session too many does: `replace` the oldest, or `refuse` the new.",
    )
    feed_max_silence: Annotated[float, Field(gt=0, le=60)] = Field(
        default=0.25,
        description="Oldest evidence about ended sessions that is trusted, between machines.",
    )
    token_algorithm: Algorithm = Field(
        default=Algorithm.ES256,
        description="How new signing keys sign: ES256, EdDSA, RS256, HS256.",
    )
    token_issuer: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Claim `iss`; by default the public address, or `tigertally`."
    )
    token_audience: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Claim `aud`; by default the same as the issuer."
    )
    cors_origins: Annotated[tuple[Origin, ...], Listed] = Field(
        default=(), description="Other origins whose pages may call, separated by commas."
    )
    trusted_proxies: Annotated[tuple[str, ...], Listed] = Field(
        default=(),
        description="Addresses or networks of proxies whose X-Forwarded-… headers are believed, "
        "separated by commas.",
    )
    registration: Registration = Field(
        default=Registration.OPEN, description="`open`, or `closed`: accounts by the CLI only."
    )
    rate_limits: Switch = Field(
        default=Switch.ON, description="`off` only for load tests. Not used by this version."
    )
    deletion_cool_off: Annotated[int, Field(ge=0, le=366 * 86_400)] = Field(
        default=1_209_600, description="How long a deleted account can be taken back by signing in."
    )
    events_ttl: Seconds = Field(default=17_280_000, description="How long events are kept.")
    wechat_mini_app_id: AppId | None = Field(default=None, description="WeChat mini program: id.")
    wechat_mini_app_secret: SecretStr | None = Field(
        default=None, description="WeChat mini program: secret, from the console."
    )
    wechat_mini_apps: Apps | None = Field(
        default=None, description="Further mini programs, as `id:secret`, separated by commas."
    )
    wechat_push_token: SecretStr | None = Field(
        default=None,
        description="Token of WeChat's message push, as entered in the console, where the address "
        "is `…/api/push/wechat-mini/<app id>`.",
    )
    wechat_push_aes_key: Annotated[SecretStr, AfterValidator(_aes_key)] | None = Field(
        default=None,
        description="EncodingAESKey of the message push; with it, only encrypted ones are taken.",
    )
    wechat_base_url: UpstreamUrl = Field(
        default="https://api.weixin.qq.com",
        description="WeChat's server; another one only for tests (`tigertally dev wechat`).",
    )
    wechat_web_app_id: AppId | None = Field(
        default=None, description="WeChat sign-in on websites (QR code): id."
    )
    wechat_web_app_secret: SecretStr | None = Field(
        default=None, description="WeChat sign-in on websites: secret."
    )
    wechat_web_apps: Apps | None = Field(
        default=None, description="Further websites, as `id:secret`, separated by commas."
    )
    wechat_web_page_url: UpstreamUrl = Field(
        default="https://open.weixin.qq.com", description="Where WeChat shows its QR codes."
    )
    wechat_web_return_url: Annotated[str, AfterValidator(_page)] | None = Field(
        default=None,
        description="Page to which WeChat sends the browser back; by default "
        "`/login/wechat-web` below the public address.",
    )
    douyin_mini_app_id: AppId | None = Field(default=None, description="Douyin mini program: id.")
    douyin_mini_app_secret: SecretStr | None = Field(
        default=None, description="Douyin mini program: secret."
    )
    douyin_mini_apps: Apps | None = Field(
        default=None, description="Further mini programs, as `id:secret`, separated by commas."
    )
    douyin_base_url: UpstreamUrl = Field(
        default="https://developer.toutiao.com", description="Douyin's server."
    )

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        for kind in ("wechat_mini", "wechat_web", "douyin_mini"):
            app_id, secret = getattr(self, f"{kind}_app_id"), getattr(self, f"{kind}_app_secret")
            if (app_id is None) != (secret is None):
                there, missing = ("ID", "SECRET") if secret is None else ("SECRET", "ID")
                name = f"{PREFIX}{kind.upper()}_APP"
                raise ValueError(f"{name}_{there} needs {name}_{missing}: set both, or neither")
            ids = [app_id for app_id, _ in _pairs(getattr(self, f"{kind}_apps"))]
            if len({*ids, app_id}) != len(ids) + 1:
                raise ValueError(f"{PREFIX}{kind.upper()}_APPS names an app twice")
        if self.wechat_push_aes_key is not None and self.wechat_push_token is None:
            raise ValueError(
                f"{PREFIX}WECHAT_PUSH_AES_KEY needs {PREFIX}WECHAT_PUSH_TOKEN: set both, or the "
                "token alone"
            )
        if self.wechat_push_token is not None and not self.apps("wechat_mini"):
            raise ValueError(
                f"{PREFIX}WECHAT_PUSH_TOKEN is of no use without {PREFIX}WECHAT_MINI_APP_ID"
            )
        return self

    def apps(self, kind: str) -> dict[str, SecretStr]:
        """Return the apps of ``wechat_mini``, ``wechat_web`` or ``douyin_mini``: id to secret."""
        first, secret = getattr(self, f"{kind}_app_id"), getattr(self, f"{kind}_app_secret")
        return ({first: secret} if first else {}) | dict(_pairs(getattr(self, f"{kind}_apps")))

    @property
    def policy(self) -> SessionPolicy:
        """Who may be signed in at once."""
        return SessionPolicy.parse(self.session_policy, self.session_overflow)

    @property
    def issuer(self) -> str:
        """Claim ``iss`` of tokens."""
        return self.token_issuer or self.public_url or "tigertally"

    @property
    def audience(self) -> str:
        """Claim ``aud`` of access tokens."""
        return self.token_audience or self.issuer

    @property
    def https(self) -> bool:
        """Whether the public address is on https."""
        return bool(self.public_url and self.public_url.startswith("https:"))

    def seconds(self, name: str) -> timedelta:
        """Return a duration setting."""
        return timedelta(seconds=getattr(self, name))


def load_settings(
    overrides: Mapping[str, object] | None = None, *, environ: Mapping[str, str] | None = None
) -> Settings:
    """Read the environment, with what was given explicitly on top (by field name).

    Raises SetupError that names every refused setting, why, and what to do; never its value.
    """
    found = os.environ if environ is None else environ
    _refuse_unknown(found)
    values: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in found.items()
        if name.startswith(PREFIX) and value
    }
    values |= {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SetupError(
            "; ".join(_spoken(one) for one in error.errors(include_input=False)),
            remedy="mend the settings named above; docs/settings.md describes them all",
        ) from None


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise SetupError(
                f"there is no setting {name}",
                remedy=f"did you mean {close[0]}?" if close else "remove it; see docs/settings.md",
            )


def _spoken(problem: Any) -> str:
    name = f"{PREFIX}{problem['loc'][0]}".upper() if problem["loc"] else "settings"
    return f"{name}: {problem['msg'].removeprefix('Value error, ')}"
