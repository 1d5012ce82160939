"""Settings that hold a secret can come from a file: ``TALLY_<NAME>_FILE`` holds its path.

The master secrets have rules of their own (``server/data_dir.py``).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tigertally.errors import SetupError
from tigertally.settings.values import PREFIX


def with_files_read(values: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
    """Return the settings with the content of files in the place of their paths.

    ``names``: those that may come from a file.

    Raises SetupError, with the path and never the content.
    """
    read = dict(values)
    for name in names:
        path = read.pop(f"{name}_file", None)
        if not path:
            continue
        setting = f"{PREFIX}{name.upper()}"
        if read.get(name):
            raise SetupError(
                f"both {setting} and {setting}_FILE are set", remedy="set only one of the two"
            )
        read[name] = _content(Path(str(path)), f"{setting}_FILE")
    return read


def _content(path: Path, setting: str) -> str:
    try:
        text = path.expanduser().read_text("utf-8").strip()
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise SetupError(
            f"{setting}: {path} cannot be read: {why}",
            remedy="make the file readable for this user, or name another one",
        ) from None
    if not text:
        raise SetupError(
            f"{setting}: {path} is empty", remedy="write the setting into it, in one line"
        )
    return text
