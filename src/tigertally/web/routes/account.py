"""Register, sign in, and prove or change the password."""

from tigertally.flows.change_password import ChangePassword
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.web.answers import fresh_answer, tokens_answer, user_json
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.this_browser import former_session
from tigertally.web.values import Answer, json_answer

NONCE = "Tally-Nonce"


def register(call: Call) -> Answer:
    """Create an account."""
    body = call.body
    registration = Registration(body["username"], Secret(body["password"]), body.get("email"))
    user = Register(call.services.context)(registration, device=call.device)
    content = {"message": call.notice(), "status": 200, "user": user_json(call.services, user)}
    return json_answer(content, status=201)


def login(call: Call) -> Answer:
    """Open a session."""
    carrier = Carrier(call.body.get("delivery", "body"))
    former = former_session(call.services, call.cookies) if carrier is Carrier.COOKIE else None
    new = call.body.get("new_password")
    tally = SignIn(call.services.context)(
        call.body["username"],
        Secret(call.body["password"]),
        device=call.device,
        nonce=call.request.headers.get(NONCE),
        former=former,
        new=Secret(new) if new is not None else None,
    )
    return tokens_answer(call, tally, carrier=carrier, remember=call.body.get("remember", False))


def reauthenticate(call: Call) -> Answer:
    """Prove the password again, for a fresh access token."""
    token, session = Reauthenticate(call.services.context)(
        call.actor, Secret(call.body["password"])
    )
    return fresh_answer(call, token, session, remember=call.cookies.remembered())


def change_password(call: Call) -> Answer:
    """Change the password, and end all other sessions."""
    current = call.body.get("current_password")
    ended = ChangePassword(call.services.context)(
        call.actor,
        current=Secret(current) if current is not None else None,
        new=Secret(call.body["new_password"]),
    )
    return json_answer({"message": call.notice(), "ended": ended})
