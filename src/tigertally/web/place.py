"""The application's path and address, as browsers see them."""

from urllib.parse import quote

from tigertally.core.origins import is_authority
from tigertally.errors import FieldProblem, InvalidRequest
from tigertally.web.values import Request


def root(request: Request, public_path: str) -> str:
    """Return the path below which all our addresses lie; empty at the top.

    The request comes first, since it tells where the application is mounted; otherwise the public
    address.
    """
    return quote(request.root_path, safe="/~") or public_path


def asked_address(request: Request) -> str:
    """Return the address that the request was sent to, down to our root, with a slash at its end.

    Raises InvalidRequest if ``Host`` is missing or invalid: our own server refuses such a
    request at once, other servers pass it on.
    """
    host = request.host
    if not host or not is_authority(host):
        raise InvalidRequest({"Host": [FieldProblem("pattern")]})
    return f"{request.scheme}://{host}{root(request, '')}/"
