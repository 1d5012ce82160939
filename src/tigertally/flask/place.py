"""Where the application lies, as people's browsers see it."""

from urllib.parse import quote

from flask import request


def root(public_path: str) -> str:
    """Return the path below which every address of ours lies; empty at the top.

    Who mounted the application knows best (``SCRIPT_NAME``); else the public address says it.
    """
    return quote(request.script_root, safe="/~") or public_path
