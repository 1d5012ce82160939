"""Tiger Tally in an application, by its one line; settings come from the environment."""

import tempfile
from contextlib import suppress

from benchmarks.product import DEVICE, NAME, PASSWORD
from flask import Flask, request

from tigertally import TigerTally
from tigertally.core.tokens import UserClaims
from tigertally.errors import UsernameTaken
from tigertally.flask import current_claims, signed_in
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn

app = Flask(__name__)
app.config["TALLY_DATA_DIR"] = tempfile.mkdtemp()
app.config["TALLY_RATE_LIMITS"] = "off"
composition = TigerTally().init_app(app)
with suppress(UsernameTaken):
    Register(composition.context)(Registration(NAME, PASSWORD), device=DEVICE)


@app.get("/token")
def token():
    tally = SignIn(composition.context)(NAME, PASSWORD, device=DEVICE, nonce=None)
    return {"name": "Authorization", "value": f"Bearer {tally.access.text}"}


@app.get("/tokens")
def tokens():
    """Return many tokens of one session, so that each can be sent for the first time."""
    context = composition.context
    tally = SignIn(context)(NAME, PASSWORD, device=DEVICE, nonce=None)
    return [
        context.access.mint(tally.session, UserClaims(), fresh=False, now=context.clock.now()).text
        for _ in range(int(request.args["count"]))
    ]


@app.get("/protected")
@signed_in()
def protected():
    return {"id": current_claims().user_id}
