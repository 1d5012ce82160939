"""Read the settings from the environment, and refuse what is unknown or does not fit."""

import difflib
import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tigertally.errors import SetupError
from tigertally.settings.from_files import with_files_read
from tigertally.settings.service_links import without_service_links
from tigertally.settings.values import PREFIX, plain
from tigertally.settings.whole import FROM_FILES, Origin, Settings


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
    origins: dict[str, Origin] = dict.fromkeys(values, "environment")
    values = with_files_read(values, FROM_FILES)
    origins |= dict.fromkeys(values.keys() - origins.keys(), "file")
    given = {
        name: _from_python(value, _kind(name))
        for name, value in (overrides or {}).items()
        if value is not None
    }
    read = with_files_read(given, FROM_FILES)
    origins |= dict.fromkeys(read, "application")
    try:
        settings = Settings.model_validate(values | read)
    except ValidationError as error:
        raise SetupError(
            "; ".join(_spoken(one) for one in error.errors(include_input=False)),
            remedy="correct the settings named above; docs/settings.md describes them all",
        ) from None
    settings.note_origins(origins)
    return settings


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
