"""What settings of providers look like, and how they go together."""

import re
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from tigertally.core.origins import canonical_host, origin_of
from tigertally.settings.addresses import in_ascii
from tigertally.settings.values import PREFIX

_APP_ID: Final = r"[A-Za-z0-9_-]{1,64}"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def _split(text: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        host = canonical_host(in_ascii(parts.hostname or ""))
        usable = bool(host) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    # The value itself is not repeated: there may be a password in it.
    if not usable or parts.scheme not in {"http", "https"} or "@" in parts.netloc or parts.fragment:
        raise ValueError(f"must be an address like {example}")
    netloc = origin_of(parts.scheme, host or "", parts.port).partition("://")[2]
    return parts._replace(netloc=netloc)


def _upstream(text: str) -> str:
    parts = _split(text.rstrip("/"), "https://api.example.com")
    if parts.query:
        raise ValueError("must be an address without a query")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must be on https: the app's secret travels there; http only on 127.0.0.1")
    return parts.geturl()


def _page(text: str) -> str:
    return _split(text, "https://example.com/login/wechat-web").geturl()


def _aes_key(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9]{43}", secret.get_secret_value()):
        raise ValueError("must be the 43 letters and digits of the console's EncodingAESKey")
    return secret


def _whole_pairs(apps: SecretStr) -> SecretStr:
    for app_id, secret in listed_apps(apps):
        if not re.fullmatch(_APP_ID, app_id) or not secret.get_secret_value():
            raise ValueError("must be `id:secret,id:secret`, each app with both")
    return apps


AppId = Annotated[str, Field(pattern=f"^{_APP_ID}$")]
Apps = Annotated[SecretStr, AfterValidator(_whole_pairs)]
UpstreamUrl = Annotated[str, AfterValidator(_upstream)]
PageUrl = Annotated[str, AfterValidator(_page)]
AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]


def listed_apps(apps: SecretStr | None) -> list[tuple[str, SecretStr]]:
    """Return the apps of a list such as ``id:secret,id:secret``; a secret may hold colons."""
    listed = [part.strip() for part in (apps.get_secret_value() if apps else "").split(",")]
    pairs = [part.partition(":") for part in listed if part]
    return [(app_id, SecretStr(secret)) for app_id, _, secret in pairs]


def joined_apps(
    app_id: str | None, secret: SecretStr | None, apps: SecretStr | None
) -> dict[str, SecretStr]:
    """Return every app of one kind, the first one before those of the list: id to secret."""
    first = {app_id: secret} if app_id and secret else {}
    return first | dict(listed_apps(apps))


def check_apps(
    kind: str, app_id: str | None, secret: SecretStr | None, apps: SecretStr | None
) -> None:
    """Refuse half an app, and one named twice (ValueError); ``kind`` begins the settings' names."""
    name = f"{PREFIX}{kind}_APP"
    if (app_id is None) != (secret is None):
        there, missing = ("ID", "SECRET") if secret is None else ("SECRET", "ID")
        raise ValueError(f"{name}_{there} needs {name}_{missing}: set both, or neither")
    ids = [listed for listed, _ in listed_apps(apps)]
    if len({app_id, *ids}) != 1 + len(ids):
        raise ValueError(f"{name}S names an app twice")
