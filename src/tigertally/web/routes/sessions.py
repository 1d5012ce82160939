"""Refresh a session, end it, and list the user's other sessions."""

from collections.abc import Iterator

from tigertally.core.pages import Place
from tigertally.core.refresh import Presented
from tigertally.core.tokens import AccessClaims, read_either
from tigertally.errors import CsrfFailed, InvalidRequest, TallyError, TokenInvalid
from tigertally.flows.account import Account
from tigertally.flows.refresh import Refresh
from tigertally.flows.sign_out import Kick, SignOut, SignOutEverywhere
from tigertally.web.answers import event_json, session_json, tokens_answer
from tigertally.web.call import Call
from tigertally.web.credentials import (
    Authentic,
    Carrier,
    authentic,
    either_half,
    refresh_tokens,
)
from tigertally.web.csrf import TOKEN_HINT
from tigertally.web.routes.account import NONCE
from tigertally.web.this_browser import is_of_this_browser
from tigertally.web.values import Answer, json_answer


def refresh(call: Call) -> Answer:
    """Exchange the refresh token for the next pair."""
    services = call.services
    shown = _shown(call)
    carrier = _successor(shown.carrier, call)
    if carrier is Carrier.COOKIE:
        # As at the sign-in: a foreign page must not set a session of its own.
        services.csrf.check_origin(call.request)
    tally = Refresh(services.context)(
        shown.content,
        nonce=call.request.headers.get(NONCE),
        device=call.device,
        generation=_generation(call, shown.carrier),
    )
    return tokens_answer(call, tally, carrier=carrier, remember=call.cookies.remembered())


def _generation(call: Call, carrier: Carrier) -> int | None:
    """Return the generation for which a browser made its nonce, or ``None``.

    Only for clients that cannot see the token. Others know its generation: a thief could send a
    stolen token with a wrong one, and would never be detected.
    """
    found = call.body.get("generation") if carrier is Carrier.COOKIE else None
    return found if isinstance(found, int) else None


def _successor(carrier: Carrier, call: Call) -> Carrier:
    """Return how the next pair is delivered. Raises InvalidRequest (``delivery``).

    Tokens from cookies stay in cookies: otherwise a malicious script in the page could request
    them in the body, which HttpOnly shall prevent.
    """
    wanted = Carrier(call.body.get("delivery", carrier))
    if carrier is Carrier.COOKIE and wanted is not Carrier.COOKIE:
        raise InvalidRequest.at("delivery", "choice", choices=Carrier.COOKIE.value)
    return wanted


def _shown(call: Call) -> Authentic[Presented]:
    """Return the refresh token of the request. A cookie counts only with its CSRF proof."""
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
        elif is_of_this_browser(call, session_id):
            return shown
        else:
            refusal = CsrfFailed().advise(
                "Send all cookies of the sign-in together: a refresh cookie alone may be planted "
                "by a neighbouring host."
            )
    raise refusal


def logout(call: Call) -> Answer:
    """End the session of the presented token."""
    return _logout(call, refresh_only=False)


def logout_refresh(call: Call) -> Answer:
    """End the session of the presented refresh token."""
    return _logout(call, refresh_only=True)


def _logout(call: Call, *, refresh_only: bool) -> Answer:
    services, context = call.services, call.services.context
    sign_out = SignOut(context)
    ticket = call.body.get("sign_out_ticket")
    if isinstance(ticket, str):
        # Cookies in the same request may be of another session, so they stay.
        sign_out(context.tickets.read(ticket), device=call.device)
        return json_answer({"message": call.notice()})
    refusal: TallyError = TokenInvalid("none of the tokens presented is one of ours")
    for shown in _halves(call, refresh_only=refresh_only):
        if shown.carrier is Carrier.COOKIE:
            services.csrf.check_origin(call.request)
            if not services.csrf.fits(call.request, shown.content.session_id):
                refusal = CsrfFailed().advise(TOKEN_HINT)
                continue
        sign_out(shown.content, device=call.device)
        answer = json_answer({"message": call.notice()})
        call.cookies.clear(answer)
        return answer
    raise refusal


def _halves(call: Call, *, refresh_only: bool) -> Iterator[Authentic[AccessClaims | Presented]]:
    """Return the halves that a sign-out presents, best first. Raises TokenMissing."""
    context = call.services.context
    found = either_half(call.cookies, call.body, refresh_only=refresh_only)
    if refresh_only:
        return authentic(found, context.refresh.read)
    return authentic(found, lambda token: read_either(token, context.access, context.refresh))


def logout_all(call: Call) -> Answer:
    """End all sessions of the user."""
    ended = SignOutEverywhere(call.services.context)(call.actor, keep_current=False)
    answer = json_answer({"message": call.notice(), "ended": len(ended)})
    if call.carrier is Carrier.COOKIE:
        call.cookies.clear(answer)
    return answer


def list_sessions(call: Call) -> Answer:
    """List the user's live sessions."""
    current, cursor = call.signed_in.session_id, call.query.get("cursor")
    page = Account(call.services.context).sessions(
        call.actor,
        after=Place.parse(cursor) if cursor is not None else None,
        limit=call.query["limit"],
    )
    return json_answer(
        {
            "sessions": [session_json(one, current=one.id == current) for one in page.sessions],
            "next_cursor": str(page.following) if page.following else None,
        }
    )


def end_session(call: Call, id: str) -> Answer:  # noqa: A002 - the contract calls it that
    """End one session of the user."""
    ended = Kick(call.services.context)(call.actor, id)
    answer = json_answer({"message": call.notice()})
    if call.carrier is Carrier.COOKIE and ended.id == call.signed_in.session_id:
        call.cookies.clear(answer)
    return answer


def end_other_sessions(call: Call) -> Answer:
    """End all sessions of the user except the caller's."""
    ended = SignOutEverywhere(call.services.context)(call.actor, keep_current=True)
    return json_answer({"message": call.notice(), "ended": [one.id for one in ended]})


def list_events(call: Call) -> Answer:
    """Read the user's own history."""
    ids, user_id = call.services.event_ids, call.actor.user_id
    cursor = call.query.get("cursor")
    page = Account(call.services.context).events(
        call.actor,
        before=ids.number(cursor, user_id=user_id) if cursor is not None else None,
        limit=call.query["limit"],
    )
    following = page.next_before
    return json_answer(
        {
            "events": [
                event_json(event, name=ids.name(event.number, user_id=user_id))
                for event in page.events
            ],
            "next_cursor": ids.name(following, user_id=user_id) if following is not None else None,
        }
    )
