"""Settings as administrators see them: never a secret, and never to be changed here."""

from dataclasses import dataclass, field
from typing import Literal

from tigertally.contract.languages import Language

Origin = Literal["default", "environment", "file", "application"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """One setting."""

    name: str
    """As the environment has it."""
    subject: tuple[str, str] = field(repr=False)
    """Heading, in English and in Chinese."""
    about: tuple[str, str] = field(repr=False)
    """Description, in English and in Chinese."""
    value: str | None
    """``None`` if it is not set, or a secret."""
    default: str | None
    secret: bool
    origin: Origin

    def as_json(self, language: Language) -> dict[str, object]:
        """Return it as it is answered."""
        chinese = language == "zh-CN"
        return {
            "name": self.name,
            "subject": self.subject[chinese],
            "description": self.about[chinese],
            "value": self.value,
            "default": self.default,
            "secret": self.secret,
            "origin": self.origin,
        }
