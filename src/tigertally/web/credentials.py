"""Sources of a token, in this order: the bearer header, the body, a cookie.

Never the query string: it gets into logs and histories (RFC 6750 §5.3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from tigertally.errors import TokenInvalid, TokenMissing
from tigertally.web.carriers import Carrier
from tigertally.web.cookies import Cookies
from tigertally.web.values import Request

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Carried:
    """An unverified token, and how it was sent."""

    token: str
    carrier: Carrier

    def __repr__(self) -> str:
        return f"Carried(…, {self.carrier})"


@dataclass(frozen=True, slots=True)
class Authentic(Generic[T_co]):
    """The content of a token whose signature was checked, and how it was sent."""

    content: T_co
    carrier: Carrier


def authentic(found: Iterable[Carried], read: Callable[[str], T]) -> Iterator[Authentic[T]]:
    """Open tokens with ``read``, one after the other, and leave out what it refuses."""
    for carried in found:
        try:
            content = read(carried.token)
        except TokenInvalid:
            continue
        yield Authentic(content, carried.carrier)


def bearer(request: Request) -> str | None:
    """Return the token of the ``Authorization`` header (RFC 6750 §2.1), or ``None``."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None


def access_token(cookies: Cookies) -> Carried:
    """Return the access token of a request. Raises TokenMissing."""
    if token := bearer(cookies.request):
        return Carried(token, Carrier.BODY)
    if token := cookies.access():
        return Carried(token, Carrier.COOKIE)
    raise TokenMissing().advise(_missing_hint(cookies))


def refresh_tokens(cookies: Cookies, body: Mapping[str, object]) -> list[Carried]:
    """Return the candidates for a request's refresh token, best first. Raises TokenMissing.

    Several, because many front ends add their access token to the header of every request. A cookie
    counts only if the client itself sent nothing.
    """
    found = list(_halves(cookies, body, access=False))
    if not found:
        raise TokenMissing().advise(_missing_hint(cookies))
    return [one for one in found if one.carrier is Carrier.BODY] or found


def either_half(
    cookies: Cookies, body: Mapping[str, object], *, refresh_only: bool
) -> list[Carried]:
    """Return all tokens of a sign-out, best first. Raises TokenMissing if there are none."""
    found = list(_halves(cookies, body, access=not refresh_only))
    if not found:
        raise TokenMissing().advise(_missing_hint(cookies))
    return found


def _missing_hint(cookies: Cookies) -> str:
    """Return a sentence on why no token was found, with the usual reason if it is visible."""
    if cookies.request.headers.get("Authorization") and not bearer(cookies.request):
        return "The header `Authorization` must be `Bearer`, a blank, and the token."
    if cookies.has_foreign_scheme():
        site = "https" if cookies.secure else "plain http"
        return (
            f"The browser has cookies of the other scheme: for this request the site is on {site}. "
            "Set TALLY_PUBLIC_URL, or let the proxy say X-Forwarded-Proto (TALLY_TRUSTED_PROXIES)."
        )
    return (
        "Send `Authorization: Bearer` with the token, or the cookies; `fetch` sends those to "
        "another origin only with `credentials: 'include'`."
    )


def _halves(cookies: Cookies, body: Mapping[str, object], *, access: bool) -> Iterator[Carried]:
    if token := bearer(cookies.request):
        yield Carried(token, Carrier.BODY)
    names = ["refresh_token", "refreshToken"] + (["access_token"] if access else [])
    for name in names:
        sent = body.get(name)
        if isinstance(sent, str) and sent:
            yield Carried(sent, Carrier.BODY)
    if access and (token := cookies.access()):
        yield Carried(token, Carrier.COOKIE)
    for token in cookies.refresh():
        yield Carried(token, Carrier.COOKIE)
