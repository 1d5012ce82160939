"""Random names for things."""

import base64
import re
import secrets
from typing import Final

_NEW_ID: Final = re.compile(r"[a-z2-7]{26}")


def new_id() -> str:
    """Return 128 random bits as 26 characters of ``a-z2-7``.

    One case only, so that no database collation can confuse two of them; no leading dash, so that
    they can be typed as command-line arguments; safe in a URL.
    """
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def is_new_id(found: object) -> bool:
    """Tell whether something looks like what :func:`new_id` returns."""
    return isinstance(found, str) and _NEW_ID.fullmatch(found) is not None
