"""Refresh a session, end it, and list the user's other sessions."""

from tigertally.core.pages import Place
from tigertally.errors import InvalidRequest
from tigertally.flows.account import Account
from tigertally.flows.refresh import Refresh
from tigertally.flows.sign_out import Kick, SignOut, SignOutEverywhere
from tigertally.web.answers import event_json, session_json, tokens_answer
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.presented import presented_half, presented_refresh
from tigertally.web.routes.account import NONCE
from tigertally.web.values import Answer, json_answer


def refresh(call: Call) -> Answer:
    """Exchange the refresh token for the next pair."""
    shown = presented_refresh(call)
    carrier = _successor(shown.carrier, call)
    tally = Refresh(call.services.context)(
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


def logout(call: Call) -> Answer:
    """End the session of the presented token."""
    return _logout(call, refresh_only=False)


def logout_refresh(call: Call) -> Answer:
    """End the session of the presented refresh token."""
    return _logout(call, refresh_only=True)


def _logout(call: Call, *, refresh_only: bool) -> Answer:
    context = call.services.context
    sign_out = SignOut(context)
    ticket = call.body.get("sign_out_ticket")
    if isinstance(ticket, str):
        # Cookies in the same request may be of another session, so they stay.
        sign_out(context.tickets.read(ticket), device=call.device)
        return json_answer({"message": call.notice()})
    sign_out(presented_half(call, refresh_only=refresh_only), device=call.device)
    answer = json_answer({"message": call.notice()})
    call.cookies.clear(answer)
    return answer


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
