"""The settings for administrators to read."""

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from tigertally.settings import Settings
from tigertally.settings.values import CHINESE, PREFIX, extra_of
from tigertally.settings.whole import SUBJECTS
from tigertally.web.shown_settings import ShownSetting


def shown_settings(settings: Settings) -> tuple[ShownSetting, ...]:
    """Return all settings of the running service, in the order of the reference."""
    return tuple(
        _shown(settings, name, field, subject.title)
        for subject in SUBJECTS
        for name, field in subject.model_fields.items()
    )


def _shown(
    settings: Settings, name: str, field: FieldInfo, subject: tuple[str, str]
) -> ShownSetting:
    value = getattr(settings, name)
    # What must not stand in a log must not stand on a page either: an address may hold a password.
    secret = isinstance(value, SecretStr) or not field.repr or "SecretStr" in repr(field.annotation)
    return ShownSetting(
        name=f"{PREFIX}{name.upper()}",
        subject=subject,
        about=(field.description or "", str(extra_of(field)[CHINESE])),
        value=None if secret else _text(value),
        default=None if secret else _text(field.default),
        secret=secret,
        origin=settings.origin_of(name),
    )


def _text(value: object) -> str | None:
    if value is None or value == ():
        return None
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
