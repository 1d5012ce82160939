"""The session of a browser, as far as its cookies prove it."""

from tigertally.errors import TokenInvalid
from tigertally.web.call import Call


def is_of_this_browser(call: Call, session_id: str) -> bool:
    """Tell whether we gave a refresh cookie's session to this browser.

    A neighbour host on the same site can set a refresh cookie, and send its CSRF token, but cannot
    set a ``__Host-`` cookie. The access cookie is one, even with an expired token: it stays as long
    as the refresh cookie. If its signing key was retired meanwhile, the CSRF cookie proves the same
    under the master secret.
    """
    named = _named_by_access_cookie(call)
    if named is not None:
        return named == session_id
    # On plain http a neighbour host could set any of them, so all must be there.
    if not call.cookies.access() and not call.cookies.secure:
        return False
    return call.services.csrf.is_token(call.cookies.csrf() or "", session_id)


def former_session(call: Call) -> str | None:
    """Return the session of this browser before a sign-in, or ``None``.

    The new cookies replace its cookies, so nobody could end it afterwards.
    """
    named = _named_by_access_cookie(call)
    if named is not None:
        return named
    csrf = call.cookies.csrf() or ""
    session_id = csrf.partition(".")[0]
    return session_id if call.services.csrf.is_token(csrf, session_id) else None


def _named_by_access_cookie(call: Call) -> str | None:
    token = call.cookies.access()
    try:
        return call.services.context.access.read(token).session_id if token else None
    except TokenInvalid:
        return None
