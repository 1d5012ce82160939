"""The session of a browser, as far as its cookies prove it."""

from tigertally.errors import TokenInvalid
from tigertally.web.cookies import Cookies
from tigertally.web.services import Services


def is_of_this_browser(services: Services, cookies: Cookies, session_id: str) -> bool:
    """Tell whether we gave a refresh cookie's session to this browser.

    A neighbour host on the same site can set a refresh cookie, and send its CSRF token, but cannot
    set a ``__Host-`` cookie. The access cookie is one, even with an expired token: it stays as long
    as the refresh cookie. If its signing key was retired meanwhile, the CSRF cookie proves the same
    under the master secret.
    """
    named = _named_by_access_cookie(services, cookies)
    if named is not None:
        return named == session_id
    # On plain http a neighbour host could set any of them, so all must be there.
    if not cookies.access() and not cookies.secure:
        return False
    return services.csrf.is_token(cookies.csrf() or "", session_id)


def former_session(services: Services, cookies: Cookies) -> str | None:
    """Return the session of this browser before a sign-in, or ``None``.

    The new cookies replace its cookies, so nobody could end it afterwards.
    """
    named = _named_by_access_cookie(services, cookies)
    if named is not None:
        return named
    csrf = cookies.csrf() or ""
    session_id = csrf.partition(".")[0]
    return session_id if services.csrf.is_token(csrf, session_id) else None


def _named_by_access_cookie(services: Services, cookies: Cookies) -> str | None:
    token = cookies.access()
    try:
        return services.context.access.read(token).session_id if token else None
    except TokenInvalid:
        return None
