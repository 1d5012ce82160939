"""The tokens that refresh and sign-out take: from any carrier, and only those that count.

Also the keys of other services.

A token from a cookie counts only with the page's proof of intent: browsers send cookies with any
site's request. Routes get their tokens here and nowhere else.
"""

from tigertally.core.ports.sessions import FeedView
from tigertally.core.refresh import Presented
from tigertally.core.services import ServiceKey, ServiceRecord
from tigertally.core.tokens import AccessClaims, read_either
from tigertally.errors import CsrfFailed, ServiceUnknown, TallyError, TokenInvalid, TokenMissing
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.credentials import Authentic, authentic, bearer, either_half, refresh_tokens
from tigertally.web.csrf import TOKEN_HINT
from tigertally.web.this_browser import is_of_this_browser


def presented_refresh(call: Call) -> Authentic[Presented]:
    """Return the refresh token of the request.

    Raises TokenMissing, TokenInvalid and CsrfFailed.
    """
    shown = _refresh_token(call)
    if Carrier.COOKIE in {shown.carrier, call.body.get("delivery")}:
        # As at the sign-in: a foreign page must not set a session of its own.
        call.services.csrf.check_origin(call.request)
    return shown


def _refresh_token(call: Call) -> Authentic[Presented]:
    services = call.services
    refusal: TallyError = TokenInvalid("none of the tokens presented is a refresh token").advise(
        "Send the refresh token, in the bearer header, as `refresh_token` in the body, or as the "
        "cookie: an access token renews nothing."
    )
    found = refresh_tokens(call.cookies, call.body)
    for shown in authentic(found, services.context.refresh.read):
        if shown.carrier is Carrier.BODY:
            return shown
        session_id = shown.content.session_id
        if not services.csrf.fits(call.request, session_id):
            refusal = CsrfFailed().advise(TOKEN_HINT)
        elif is_of_this_browser(services, call.cookies, session_id):
            return shown
        else:
            refusal = CsrfFailed().advise(
                "Send all cookies of the sign-in together: a refresh cookie alone may be planted "
                "by a neighbouring host."
            )
    raise refusal


def presented_half(call: Call, *, refresh_only: bool) -> AccessClaims | Presented:
    """Return the content of the token that a sign-out presents: the best one that counts.

    Raises TokenMissing, TokenInvalid and CsrfFailed.
    """
    context, csrf = call.services.context, call.services.csrf
    refusal: TallyError = TokenInvalid("none of the tokens presented is one of ours")
    found = either_half(call.cookies, call.body, refresh_only=refresh_only)

    def read(token: str) -> AccessClaims | Presented:
        if refresh_only:
            return context.refresh.read(token)
        return read_either(token, context.access, context.refresh)

    for shown in authentic(found, read):
        if shown.carrier is Carrier.BODY:
            return shown.content
        csrf.check_origin(call.request)
        if csrf.fits(call.request, shown.content.session_id):
            return shown.content
        refusal = CsrfFailed().advise(TOKEN_HINT)
    raise refusal


def shown_key(call: Call) -> ServiceKey:
    """Return the key that a request shows. Raises TokenMissing, or ServiceUnknown for no key."""
    text = bearer(call.request)
    if text is None:
        raise TokenMissing().advise(
            "Send `Authorization: Bearer` with the key that `tigertally services add` printed."
        )
    shown = ServiceKey.read(text)
    if shown is None:
        raise ServiceUnknown
    return shown


def known_service(call: Call, view: FeedView, shown: ServiceKey) -> ServiceRecord:
    """Return the service that a key belongs to now. Raises ServiceUnknown."""
    service = view.services.get(shown.service_id)
    if service is None or not call.services.service_keys.fits(shown, service):
        raise ServiceUnknown
    return service
