"""What settings of every subject are made of."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

PREFIX: Final = "TALLY_"

CHINESE: Final = "zh-CN"
"""Where a field keeps its Chinese description: in ``json_schema_extra``."""

FROM_FILE: Final = "from_file"
"""Marks a field in ``json_schema_extra`` whose value may also come from a file."""

_AROUND: Final = " \t\r\n\v\f\ufeff\u200b\u00a0"


class Subject(BaseModel):
    """The settings of one subject. All of them together make :class:`~.whole.Settings`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    title: ClassVar[tuple[str, str]] = ("", "")
    """Heading in the reference, in English and in Chinese."""

    def check(self) -> None:
        """Hold the settings of the subject against each other; raises ValueError."""


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


class Exposure(StrEnum):
    """Who may read a page for developers or operators."""

    ON = "on"
    LOCAL = "local"
    """Callers on this machine."""
    OFF = "off"


def setting(
    default: object,
    english: str,
    chinese: str,
    *,
    from_file: bool = False,
    shown: bool = True,
) -> Any:
    """Return a field with its description in both languages.

    ``from_file``: ``TALLY_<NAME>_FILE`` may name a file that holds the value. ``shown``: whether
    ``repr`` may show the value.
    """
    extra: dict[str, Any] = {CHINESE: chinese} | ({FROM_FILE: True} if from_file else {})
    return Field(default=default, description=english, repr=shown, json_schema_extra=extra)


def extra_of(field: FieldInfo) -> dict[str, Any]:
    """Return what :func:`setting` noted beside a field's description."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def plain(text: str) -> str:
    """Return a setting without what editors and shells leave around it.

    Blanks, line ends, a byte order mark, and quotes on both sides: `docker --env-file` keeps them.
    A secret reads the same from a file and from a variable.
    """
    text = text.strip(_AROUND)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip(_AROUND)
    return text


def _listed(value: object) -> object:
    if isinstance(value, str):
        return [part for part in map(plain, value.split(",")) if part]
    return value


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


Listed: BeforeValidator = BeforeValidator(_listed)
"""Several values in one variable, separated by commas."""
Location = Annotated[Path, AfterValidator(_location)]
Seconds = Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]
