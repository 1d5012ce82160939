"""Receive messages that platforms push."""

from flask import Response, request

from tigertally.flask.call import Call
from tigertally.flows.withdraw_identity import WithdrawIdentity

MESSAGE_MAX = 64 * 1024


def verify_push(call: Call, provider: str, app_id: str) -> Response:
    """Prove that the address is ours, by answering a signed challenge."""
    source = call.services.outside.providers.push(provider)
    source.check(app_id, request.args, call.services.context.clock.unix())
    return Response(call.query["echostr"], mimetype="text/plain")


def receive_push(call: Call, provider: str, app_id: str) -> Response:
    """Act on a platform's message about its users."""
    source = call.services.outside.providers.push(provider)
    # One byte more than allowed: enough to see that it is too long, without reading all of it.
    body = request.stream.read(MESSAGE_MAX + 1)
    now = call.services.context.clock.unix()
    withdrawal = source.read(app_id, request.args, body, now)
    if withdrawal is not None:
        WithdrawIdentity(call.services.context)(withdrawal)
    return Response("success", mimetype="text/plain")
