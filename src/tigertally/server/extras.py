"""Packages that only some applications need: the extras of ``pip install``."""

from importlib.util import find_spec
from typing import Final

from tigertally.errors import SetupError

_MODULE_OF: Final = {"pictures": "PIL", "providers": "httpcore2", "s3": "boto3", "redis": "redis"}


def has_extra(extra: str) -> bool:
    """Tell whether an extra is installed."""
    return find_spec(_MODULE_OF[extra]) is not None


def require_extra(extra: str, *, what: str) -> None:
    """Raise SetupError unless an extra is installed; ``what`` needs it."""
    if not has_extra(extra):
        raise SetupError(
            f"{what} needs {_MODULE_OF[extra]}, which is not installed",
            remedy=f'pip install "tigertally[{extra}]"',
        )
