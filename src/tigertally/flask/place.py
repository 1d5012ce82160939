"""Where the application lies, as people's browsers see it."""

from urllib.parse import quote

from flask import request

from tigertally.core.origins import is_authority
from tigertally.errors import FieldProblem, InvalidRequest


def root(public_path: str) -> str:
    """Return the path below which every address of ours lies; empty at the top.

    Who mounted the application knows best (``SCRIPT_NAME``); else the public address says it.
    """
    return quote(request.script_root, safe="/~") or public_path


def asked_address() -> str:
    """Return the address that the request was sent to, down to our root, with a slash at its end.

    Raises InvalidRequest where ``Host`` is missing or invalid: our own server refuses such a
    request at once, other servers hand it on.
    """
    host = request.host
    if not host or not is_authority(host):
        raise InvalidRequest({"Host": [FieldProblem("pattern")]})
    return f"{request.scheme}://{host}{root('')}/"
