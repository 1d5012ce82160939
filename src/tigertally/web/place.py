"""The application's path and address, as browsers see them."""

from typing import Final
from urllib.parse import quote

from tigertally.core.origins import is_authority
from tigertally.errors import FieldProblem, InvalidRequest
from tigertally.web.values import Request

_TARGET_MAX: Final = 2000
"""Characters of a path to come back to."""


def root(request: Request, public_path: str) -> str:
    """Return the path below which all our addresses lie; empty at the top.

    The request comes first, since it tells where the application is mounted; otherwise the public
    address.
    """
    return quote(request.root_path, safe="/~") or public_path


def local_target(text: str | None) -> str | None:
    r"""Return a path of this host that somebody named, or ``None`` for anything else.

    Browsers take ``//`` and ``/\`` for the beginning of another host, and skip tabs and line ends.
    """
    if text is None or not text.startswith("/") or text[1:2] in {"/", "\\"}:
        return None
    unsafe = "\\" in text or any(char <= " " or char == "\x7f" for char in text)
    return None if unsafe or len(text) > _TARGET_MAX else text


def present_target(request: Request) -> str | None:
    """Return the path and the query of a request, to come back to; ``None`` if it is unsafe."""
    path = quote(request.root_path + request.path, safe="/~!$&'()*+,;=:@")
    query = request.query_string.decode("ascii", "ignore")
    return local_target(f"{path}?{query}" if query else path)


def asked_address(request: Request) -> str:
    """Return the address that the request was sent to, down to our root, with a slash at its end.

    Raises InvalidRequest if ``Host`` is missing or invalid: our own server refuses such a
    request at once, other servers pass it on.
    """
    host = request.host
    if not host or not is_authority(host):
        raise InvalidRequest({"Host": [FieldProblem("pattern")]})
    return f"{request.scheme}://{host}{root(request, '')}/"
