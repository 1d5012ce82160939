"""What platforms send on their own account."""

from flask import Response, request

from tigertally.flask.call import Call
from tigertally.flows.withdraw_identity import WithdrawIdentity

MESSAGE_MAX = 64 * 1024


def verify_push(call: Call, provider: str, app_id: str) -> Response:
    """Prove that the address is ours, by an answer to a signed question."""
    source = call.services.outside.providers.push(provider)
    source.check(app_id, request.args, call.services.context.clock.unix())
    return Response(call.query["echostr"], mimetype="text/plain")


def receive_push(call: Call, provider: str, app_id: str) -> Response:
    """Carry out what a platform tells of its users."""
    source = call.services.outside.providers.push(provider)
    # One byte more than is taken: what is too long shows, and is not read to its end.
    body = request.stream.read(MESSAGE_MAX + 1)
    now = call.services.context.clock.unix()
    withdrawal = source.read(app_id, request.args, body, now)
    if withdrawal is not None:
        WithdrawIdentity(call.services.context)(withdrawal)
    return Response("success", mimetype="text/plain")
