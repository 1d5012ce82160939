"""The input and the output of a check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tigertally.server.compose import Composition
from tigertally.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, with a remedy if something is wrong."""

    what: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """The set-up that is checked, opened."""

    settings: Settings
    composition: Composition


SettingsCheck = Callable[[Settings], Iterator[Finding]]
Check = Callable[[Examined], Iterator[Finding]]
