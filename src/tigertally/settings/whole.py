"""The settings as a whole: every subject's, under the flat names of the environment."""

from collections.abc import Mapping
from typing import Final, Literal, cast

from pydantic import PrivateAttr, model_validator

from tigertally.settings.accounts import AccountSettings
from tigertally.settings.data import DataSettings
from tigertally.settings.files import FileSettings
from tigertally.settings.messages import MessageSettings
from tigertally.settings.passwords import PasswordSettings
from tigertally.settings.providers.douyin import DouyinSettings
from tigertally.settings.providers.wechat import WechatSettings
from tigertally.settings.secrets import SecretSettings
from tigertally.settings.sessions import SessionSettings
from tigertally.settings.tokens import TokenSettings
from tigertally.settings.values import FROM_FILE, Subject, extra_of
from tigertally.settings.web import WebSettings

Origin = Literal["default", "environment", "file", "application"]
"""Where a value came from. ``application``: the command line, or code that embeds the product."""


class Settings(
    DataSettings,
    SecretSettings,
    SessionSettings,
    TokenSettings,
    WebSettings,
    AccountSettings,
    PasswordSettings,
    FileSettings,
    MessageSettings,
    WechatSettings,
    DouyinSettings,
):
    """All settings, frozen. Build it with :func:`~.loading.load_settings`.

    The reference lists the subjects in the order of the bases.
    """

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    def note_origins(self, origins: Mapping[str, Origin]) -> None:
        """Remember where values came from, by name of the field."""
        self._origins.update(origins)

    def origin_of(self, name: str) -> Origin:
        """Return where the value of a field came from."""
        return self._origins.get(name, "default")

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        for subject in SUBJECTS:
            subject.check(self)
        return self

    @property
    def issuer(self) -> str:
        """Claim ``iss`` of tokens."""
        return self.token_issuer or self.public_url or "tigertally"

    @property
    def audience(self) -> str:
        """Claim ``aud`` of access tokens."""
        return self.token_audience or self.issuer


SUBJECTS: Final = cast("tuple[type[Subject], ...]", Settings.__bases__)


def _from_files() -> tuple[str, ...]:
    marked = (
        name
        for subject in SUBJECTS
        for name, field in subject.model_fields.items()
        if FROM_FILE in extra_of(field)
    )
    return tuple(marked)


FROM_FILES: Final = _from_files()
"""Settings that may be named with ``_FILE`` behind."""
