"""Receive messages that platforms push."""

from tigertally.flows.withdraw_identity import WithdrawIdentity
from tigertally.web.call import Call
from tigertally.web.values import Answer

MESSAGE_MAX = 64 * 1024


def verify_push(call: Call, provider: str, app_id: str) -> Answer:
    """Prove that the address is ours, by answering a signed challenge."""
    source = call.services.outside.providers.push(provider)
    source.check(app_id, call.request.args, call.services.context.clock.unix())
    return Answer(call.query["echostr"].encode(), mimetype="text/plain")


def receive_push(call: Call, provider: str, app_id: str) -> Answer:
    """Act on a platform's message about its users."""
    source = call.services.outside.providers.push(provider)
    # One byte more than allowed: enough to see that it is too long, without reading all of it.
    body = call.request.body.open(None).read(MESSAGE_MAX + 1)
    now = call.services.context.clock.unix()
    withdrawal = source.read(app_id, call.request.args, body, now)
    if withdrawal is not None:
        WithdrawIdentity(call.services.context)(withdrawal)
    return Answer(b"success", mimetype="text/plain")
