"""Codes to sign in, to register or to choose a new password; the contacts that they go to."""

from typing import Any

from tigertally.core.challenges import Purpose
from tigertally.core.contacts import Target, email_target, phone_target
from tigertally.errors import InvalidRequest
from tigertally.flows.ask_for_code import AskForCode
from tigertally.flows.contacts import ManageContacts
from tigertally.flows.reauthenticate import ReauthenticateWithCode
from tigertally.flows.reset_password import ResetPassword
from tigertally.flows.sign_in_with_code import SignInWithCode
from tigertally.flows.steps.send_code import Asked
from tigertally.secret import Secret
from tigertally.web.answers import contact_json, fresh_answer, tokens_answer
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.routes.account import NONCE
from tigertally.web.this_browser import former_session
from tigertally.web.values import Answer, json_answer


def ask_for_code(call: Call) -> Answer:
    """Send a code; known and unknown targets get the same answer."""
    ask = AskForCode(call.services.context, call.services.outgoing)
    asked = ask(
        Purpose(call.body["purpose"]),
        _target(call),
        device=call.device,
        locale=call.request.language,
    )
    return json_answer(_asked(asked), status=202)


def login_with_code(call: Call) -> Answer:
    """Open a session for a user who brings back a code."""
    carrier = Carrier(call.body.get("delivery", "body"))
    former = former_session(call.services, call.cookies) if carrier is Carrier.COOKIE else None
    to_register = "email" in call.body or "phone" in call.body
    tally = SignInWithCode(call.services.context, call.services.outgoing)(
        call.body["challenge_id"],
        Secret(call.body["code"]),
        device=call.device,
        nonce=call.request.headers.get(NONCE),
        former=former,
        target=_target(call) if to_register else None,
    )
    remember = call.body.get("remember", False)
    return tokens_answer(call, tally, carrier=carrier, remember=remember, created=tally.created)


def reauthenticate_with_code(call: Call) -> Answer:
    """Prove again who it is by a code, for a fresh access token."""
    prove = ReauthenticateWithCode(call.services.context, call.services.outgoing)
    token, session = prove(call.actor, call.body["challenge_id"], Secret(call.body["code"]))
    return fresh_answer(call, token, session, remember=call.cookies.remembered())


def reset_password(call: Call) -> Answer:
    """Set a new password for a user who brings back a code."""
    ResetPassword(call.services.context, call.services.outgoing)(
        call.body["challenge_id"],
        Secret(call.body["code"]),
        Secret(call.body["new_password"]),
        device=call.device,
        locale=call.request.language,
    )
    return json_answer({"message": call.notice()})


def list_contacts(call: Call) -> Answer:
    """List one's own addresses and numbers."""
    listed = _contacts(call).list(call.actor)
    return json_answer({"contacts": [contact_json(contact) for contact in listed]})


def add_contact(call: Call) -> Answer:
    """Add an address or a number, and send the code that verifies it."""
    contact, asked = _contacts(call).add(call.actor, _target(call), locale=call.request.language)
    return json_answer({"contact": contact_json(contact), **_asked(asked)}, status=202)


def verify_contact(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Verify an address or a number by its code."""
    contact = _contacts(call).verify(
        call.actor, id, call.body["challenge_id"], Secret(call.body["code"])
    )
    return json_answer({"message": call.notice(), "contact": contact_json(contact)})


def remove_contact(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Delete an address or a number."""
    _contacts(call).remove(call.actor, id)
    return json_answer({"message": call.notice()})


def _contacts(call: Call) -> ManageContacts:
    return ManageContacts(call.services.context, call.services.outgoing)


def _target(call: Call) -> Target:
    """Return the one target of a body. Raises InvalidRequest."""
    match call.body.get("email"), call.body.get("phone"):
        case str() as email, None:
            return email_target(email)
        case None, str() as phone:
            return phone_target(phone, regions=call.services.outgoing.regions)
    raise InvalidRequest.at("email", "required")


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "challenge_id": asked.challenge_id,
        "resend_after": asked.resend_after,
        "expires_in": asked.expires_in,
    }
