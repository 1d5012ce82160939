"""Register, sign in, and prove or change the password."""

from flask import Response, jsonify, request

from tigertally.flask.answers import fresh_answer, tokens_answer, user_json
from tigertally.flask.call import Call
from tigertally.flask.credentials import Carrier
from tigertally.flask.this_browser import former_session
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret

NONCE = "Tally-Nonce"


def register(call: Call) -> Response:
    """Create an account."""
    body = call.body
    registration = Registration(body["username"], Secret(body["password"]), body.get("email"))
    user = Register(call.services.context)(registration, device=call.device)
    response = jsonify({"message": call.notice(), "status": 200, "user": user_json(user)})
    response.status_code = 201
    return response


def login(call: Call) -> Response:
    """Open a session."""
    carrier = Carrier(call.body.get("delivery", "body"))
    former = None
    if carrier is Carrier.COOKIE:
        # A foreign page must not sign its visitor in to somebody else's account.
        call.services.csrf.check_origin()
        former = former_session(call.services)
    tally = SignIn(call.services.context)(
        call.body["username"],
        Secret(call.body["password"]),
        device=call.device,
        nonce=request.headers.get(NONCE),
        former=former,
    )
    return tokens_answer(call, tally, carrier=carrier, remember=call.body.get("remember", False))


def reauthenticate(call: Call) -> Response:
    """Prove the password again, for a fresh access token."""
    token, session = Reauthenticate(call.services.context)(
        call.actor, Secret(call.body["password"])
    )
    return fresh_answer(call, token, session, remember=call.services.cookies.remembered())


def change_password(call: Call) -> Response:
    """Change the password, and end all other sessions."""
    current = call.body.get("current_password")
    ended = ChangePassword(call.services.context)(
        call.actor,
        current=Secret(current) if current is not None else None,
        new=Secret(call.body["new_password"]),
    )
    return jsonify({"message": call.notice(), "ended": ended})
