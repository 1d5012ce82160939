"""Which session a browser is in, as far as its cookies prove it."""

from tigertally.errors import TokenInvalid
from tigertally.flask.services import Services


def is_of_this_browser(services: Services, session_id: str) -> bool:
    """Tell whether a refresh cookie's session was given to this browser by us.

    A neighbour on the same site can plant a refresh cookie, and send a CSRF token that goes with
    it, but not a cookie with ``__Host-``. The access cookie is one, and an expired token in it is
    as good: it stays as long as the refresh cookie. Where its signing key was retired meanwhile,
    the CSRF cookie says the same under the master secret.
    """
    named = _named_by_access_cookie(services)
    if named is not None:
        return named == session_id
    # On plain http nothing keeps a neighbour from planting all of them; it must be all.
    if not services.cookies.access() and not services.cookies.secure:
        return False
    return services.csrf.is_token(services.cookies.csrf() or "", session_id)


def former_session(services: Services) -> str | None:
    """Return the session that this browser is in before a sign-in, or ``None``.

    The new cookies take the place of its cookies, so nobody could end it any more.
    """
    named = _named_by_access_cookie(services)
    if named is not None:
        return named
    csrf = services.cookies.csrf() or ""
    session_id = csrf.partition(".")[0]
    return session_id if services.csrf.is_token(csrf, session_id) else None


def _named_by_access_cookie(services: Services) -> str | None:
    token = services.cookies.access()
    try:
        return services.context.access.read(token).session_id if token else None
    except TokenInvalid:
        return None
