"""What a check is handed, and what it hands back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tigertally.server.compose import Composition
from tigertally.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; a remedy where it is not as it should be."""

    what: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """The set-up that is looked over, opened."""

    settings: Settings
    composition: Composition


SettingsCheck = Callable[[Settings], Iterator[Finding]]
Check = Callable[[Examined], Iterator[Finding]]
