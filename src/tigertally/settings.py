"""Settings: read from the environment in this one place, validated before anything starts.

Each is an environment variable ``TALLY_<NAME>``; an unknown one is an error, because a misspelt
security setting is worse than none. Durations are seconds.
"""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from tigertally.core.keys import Algorithm
from tigertally.core.passwords import MEMORY_KIB_MIN, PASSES_MIN
from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.refresh import Rotation
from tigertally.errors import SetupError
from tigertally.network_settings import (
    HeaderName,
    Listed,
    Origin,
    ProxyHeaders,
    PublicUrl,
    TrustedProxy,
    plain,
)
from tigertally.provider_settings import (
    AesKey,
    AppId,
    Apps,
    PageUrl,
    UpstreamUrl,
    check_apps,
    listed_apps,
)
from tigertally.redis_settings import redis_address
from tigertally.service_links import without_service_links
from tigertally.settings_files import FROM_FILES, with_files_read

PREFIX: Final = "TALLY_"
SECRET_MIN: Final = 32


class Registration(StrEnum):
    """Whether people may make accounts themselves."""

    OPEN = "open"
    CLOSED = "closed"


class PasswordCost(StrEnum):
    """How dear it is to hash a password."""

    SAFE = "safe"
    TESTING = "testing"
    """Next to nothing. Whoever gets the database then guesses passwords at leisure."""


class MetricsFor(StrEnum):
    """Who may read the figures."""

    LOCAL = "local"
    """Callers on this machine: a Prometheus beside the service."""
    ANYONE = "anyone"
    NOBODY = "nobody"


class Exposure(StrEnum):
    """Who may read a page for developers or operators."""

    ON = "on"
    LOCAL = "local"
    """Callers on this machine."""
    OFF = "off"


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def is_weak(secret: str) -> bool:
    """Tell whether a master secret is too short, or of too few characters to be random."""
    return len(secret) < SECRET_MIN or len(set(secret)) < 10


def _strong_secret(secret: SecretStr) -> SecretStr:
    if is_weak(secret.get_secret_value()):
        raise ValueError(
            f"is too weak: use at least {SECRET_MIN} random characters, for example from "
            '`python3 -c "import secrets; print(secrets.token_urlsafe(32))"`'
        )
    return secret


def _bucket_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", parts.netloc):
        raise ValueError("must be like s3://bucket/prefix?endpoint=https://s3.example.com")
    query = parse_qs(parts.query, keep_blank_values=True)
    if parts.fragment:
        raise ValueError("must write `#` in the prefix as `%23`")
    if query.keys() - {"endpoint", "region"}:
        raise ValueError(
            "may carry only `endpoint` and `region`; credentials come from boto3's own"
        )
    if not all(urlsplit(each).hostname for each in query.get("endpoint", ())):
        raise ValueError("must name a whole address as its endpoint, like https://s3.example.com")
    return text


def _location(path: Path) -> Path:
    """Expand `~`, and refuse what can be no path."""
    try:
        found = path.expanduser()
    except RuntimeError:
        raise ValueError("begins with `~` and a name that this machine does not know") from None
    # UnicodeEncodeError is a ValueError too; its words would repeat the value.
    if "\x00" in str(found) or not _is_utf8(str(found)):
        raise ValueError("must be a path in UTF-8")
    return found


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _policy(text: str) -> str:
    SessionPolicy.parse(text)
    return text


Location = Annotated[Path, AfterValidator(_location)]
Seconds = Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]


class Settings(BaseModel):
    """All settings, frozen. Build it with :func:`load_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Location = Field(
        default=Path("tally-data"),
        description="Folder for the database, the master secret and what else one machine keeps. "
        "Embedded in an application, its instance folder by default.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="Database; by default a SQLite file in the data directory.",
    )
    redis_url: Annotated[SecretStr, AfterValidator(redis_address)] | None = Field(
        default=None,
        description="Redis: rings between machines whose database cannot notify (MariaDB, MySQL, "
        "poolers).",
    )
    secret: Annotated[SecretStr, AfterValidator(_strong_secret)] | None = Field(
        default=None,
        description="Master secret; by default generated into the data directory at first start.",
    )
    secret_file: Location | None = Field(
        default=None, description="File that holds the master secret, in place of TALLY_SECRET."
    )
    secret_previous: Annotated[SecretStr, AfterValidator(_strong_secret)] | None = Field(
        default=None,
        description="Another master secret that is accepted as well while it is being exchanged.",
    )
    secret_previous_file: Location | None = Field(
        default=None, description="File that holds it, in place of TALLY_SECRET_PREVIOUS."
    )
    public_url: PublicUrl | None = Field(
        default=None,
        description="Where people reach the service, such as https://example.com or, below a path, "
        "https://example.com/auth.",
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
        "`limit:N`. The oldest leaves; also under `unlimited`, where there are a hundred.",
    )
    session_overflow: Overflow = Field(
        default=Overflow.REPLACE,
        description="What one session too many does: `replace` the oldest, or `refuse` the new.",
    )
    feed_max_silence: Annotated[float, Field(gt=0, le=60)] = Field(
        default=0.25,
        description="Oldest evidence about ended sessions that is trusted, between machines.",
    )
    strict_sign_out: Switch = Field(
        default=Switch.OFF,
        description="`on`: ending a session is answered only when no other machine can let it in "
        "any more, about TALLY_FEED_MAX_SILENCE later. Without effect on SQLite.",
    )
    token_algorithm: Algorithm | None = Field(
        default=None,
        description="How new signing keys sign: ES256, EdDSA, RS256, HS256. "
        "Unset: as the keys do that there are; ES256 for the first.",
    )
    token_issuer: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Claim `iss`; by default the public address, or `tigertally`."
    )
    token_audience: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Claim `aud`; by default the same as the issuer."
    )
    cors_origins: Annotated[tuple[Origin, ...], Listed] = Field(
        default=(),
        description="Other origins whose pages may call, separated by commas; those of apps too, "
        "such as `capacitor://localhost`.",
    )
    cors_headers: Annotated[tuple[HeaderName, ...], Listed] = Field(
        default=("baggage", "sentry-trace", "traceparent", "tracestate", "x-request-id"),
        description="Headers that pages of other origins may send besides ours, separated by "
        "commas; by default those of tracing tools.",
    )
    trusted_proxies: Annotated[tuple[TrustedProxy, ...], Listed] = Field(
        default=(),
        description="Addresses or networks of proxies whose headers are believed, separated by "
        "commas; `unix` stands for callers on a Unix socket.",
    )
    proxy_headers: ProxyHeaders = Field(
        default=ProxyHeaders.X_FORWARDED,
        description="Which headers of trusted proxies count: `x-forwarded` (X-Forwarded-For, "
        "-Proto, -Host, -Port, -Prefix), or `forwarded` (RFC 7239). The other ones are ignored.",
    )
    registration: Registration = Field(
        default=Registration.OPEN, description="`open`, or `closed`: accounts by the CLI only."
    )
    reserved_names: Annotated[tuple[str, ...], Listed] = Field(
        default=(),
        description="Further user names that nobody may register, separated by commas; the command "
        "line may. With `none` among them, those that are built in (`admin`, `客服` …) are free.",
    )
    metrics: MetricsFor = Field(
        default=MetricsFor.LOCAL,
        description="Who may read `/metrics`: `local` (this machine), `anyone`, `nobody`.",
    )
    docs: Exposure = Field(
        default=Exposure.ON,
        description="Who may read `/api/docs` and `/api/openapi.json`: `on` (anyone), `local` "
        "(this machine), `off`.",
    )
    readiness: Exposure = Field(
        default=Exposure.ON,
        description="Who may read `/readyz`: `on` (anyone), `local` (this machine), `off`.",
    )
    hsts_max_age: Annotated[int, Field(ge=0, le=10 * 365 * 86_400)] = Field(
        default=31_536_000,
        description="How long browsers keep to https once they were there; `0` makes them forget.",
    )
    hsts_subdomains: Switch = Field(
        default=Switch.OFF, description="`on`: the same for all sub-domains of the host."
    )
    hsts_preload: Switch = Field(
        default=Switch.OFF,
        description="`on`: agrees to be built into browsers; needs TALLY_HSTS_SUBDOMAINS and a "
        "year.",
    )
    log_format: LogFormat = Field(default=LogFormat.TEXT, description="Log as `text` or `json`.")
    rate_limits: Switch = Field(default=Switch.ON, description="`off` only for load tests.")
    lockout_failures: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=5, description="Wrong passwords after which an account's are refused for a while."
    )
    lockout_ttl: Seconds = Field(default=600, description="How long they are refused.")
    password_memory_kib: Annotated[int, Field(ge=MEMORY_KIB_MIN, le=262_144)] = Field(
        default=MEMORY_KIB_MIN,
        description="Memory of one hash of a password (Argon2id), in KiB; each worker makes up to "
        "four at once. Existing hashes follow when their owners sign in.",
    )
    password_passes: Annotated[int, Field(ge=PASSES_MIN, le=16)] = Field(
        default=PASSES_MIN, description="How often a hash passes over its memory."
    )
    password_cost: PasswordCost = Field(
        default=PasswordCost.SAFE,
        description="`safe`: as the two settings above say. `testing`: next to nothing, so that "
        "tests are quick; never where passwords of people are kept.",
    )
    deletion_cool_off: Annotated[int, Field(ge=0, le=366 * 86_400)] = Field(
        default=1_209_600, description="How long a deleted account can be taken back by signing in."
    )
    events_ttl: Seconds = Field(default=17_280_000, description="How long events are kept.")
    files_url: Annotated[str, AfterValidator(_bucket_url)] | None = Field(
        default=None,
        description="Bucket for files, as `s3://bucket/prefix?endpoint=…&region=…` (needs "
        "`tigertally[s3]`); by default a folder in the data directory.",
    )
    files_quota: Annotated[int, Field(ge=0, le=2**50)] = Field(
        default=209_715_200,
        description="How many bytes the files of one user may have in all, thumbnails included.",
    )
    uploads_per_minute: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=60,
        description="How many files one user may upload within a minute; then none for a minute.",
    )
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
    wechat_push_aes_key: AesKey | None = Field(
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
    wechat_web_return_url: PageUrl | None = Field(
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
        check_apps(self, PREFIX)
        preload = self.hsts_preload is Switch.ON
        if preload and (self.hsts_subdomains is Switch.OFF or self.hsts_max_age < 31_536_000):
            raise ValueError(
                f"{PREFIX}HSTS_PRELOAD needs {PREFIX}HSTS_SUBDOMAINS=on and {PREFIX}HSTS_MAX_AGE "
                "of at least 31536000: browsers' lists demand both"
            )
        return self

    def apps(self, kind: str) -> dict[str, SecretStr]:
        """Return the apps of ``wechat_mini``, ``wechat_web`` or ``douyin_mini``: id to secret."""
        first, secret = getattr(self, f"{kind}_app_id"), getattr(self, f"{kind}_app_secret")
        return ({first: secret} if first else {}) | dict(listed_apps(getattr(self, f"{kind}_apps")))

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
    def several_machines(self) -> bool:
        """Whether the database is one that other machines may use as well."""
        return self.database_url is not None and not self.database_url.startswith("sqlite")

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

    def seconds(self, name: str) -> timedelta:
        """Return a duration setting."""
        return timedelta(seconds=getattr(self, name))


def load_settings(
    overrides: Mapping[str, object] | None = None, *, environ: Mapping[str, str] | None = None
) -> Settings:
    """Read the environment, with what was given explicitly on top (by field name).

    Raises SetupError that names every refused setting, why, and what to do; never its value.
    """
    found = without_service_links(os.environ if environ is None else environ)
    _refuse_unknown(found)
    _refuse_unknown(f"{PREFIX}{name.upper()}" for name in overrides or {})
    values: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): plain(value)
        for name, value in found.items()
        if name.startswith(PREFIX) and plain(value)
    }
    values = with_files_read(values, PREFIX)
    given = {
        name: _from_python(value, _kind(name))
        for name, value in (overrides or {}).items()
        if value is not None
    }
    values |= with_files_read(given, PREFIX)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SetupError(
            "; ".join(_spoken(one) for one in error.errors(include_input=False)),
            remedy="mend the settings named above; docs/settings.md describes them all",
        ) from None


def _from_python(value: object, kind: object) -> object:
    """Return a value as the environment would have it: applications write what Python has."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, bool):
        if isinstance(kind, type) and issubclass(kind, StrEnum) and {"on", "off"} <= {*kind}:
            return "on" if value else "off"
        # Else `True` would count as one second.
        return str(value)
    return plain(value) if isinstance(value, str) else value


def _kind(name: str) -> object:
    field = Settings.model_fields.get(name)
    return field.annotation if field else Path


def _refuse_unknown(names: Iterable[str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in FROM_FILES}
    for name in names:
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise SetupError(
                f"there is no setting {name}",
                remedy=f"did you mean {close[0]}?" if close else "remove it; see docs/settings.md",
            )


def _spoken(problem: Any) -> str:
    name = f"{PREFIX}{problem['loc'][0]}".upper() if problem["loc"] else "settings"
    return f"{name}: {problem['msg'].removeprefix('Value error, ')}"
