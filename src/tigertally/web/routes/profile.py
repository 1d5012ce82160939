"""What the service knows about the signed-in user."""

from tigertally.clock import rfc3339
from tigertally.flows.account import Account, ProfileChange
from tigertally.flows.delete_account import DeleteAccount
from tigertally.web.answers import session_json, user_json
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.values import Answer, json_answer


def read_me(call: Call) -> Answer:
    """Say who is signed in, and until when this access token counts."""
    user, session = Account(call.services.context).who(call.actor)
    claims = call.signed_in
    return json_answer(
        {
            "username": user.username,
            "login_time": claims.issued_at,
            "expiration_time": claims.expires_at,
            "token_type": "access",
            "permissions": call.services.verifier.permissions_of(user.roles),
            "user": user_json(call.services, user),
            "session": session_json(session, current=True),
        }
    )


def update_me(call: Call) -> Answer:
    """Change the profile, only where a member was sent."""
    known = ("display_name", "email", "locale", "avatar_file_id")
    change = ProfileChange({name: call.body[name] for name in known if name in call.body})
    context = call.services.context
    fresh = call.signed_in.is_fresh(context.clock.unix())
    user = Account(context).update(call.actor, change, fresh=fresh)
    return json_answer({"message": call.notice(), "user": user_json(call.services, user)})


def delete_me(call: Call) -> Answer:
    """Delete the account, with time to come back."""
    purge_at = DeleteAccount(call.services.context)(call.actor)
    answer = json_answer({"message": call.notice(), "purge_at": rfc3339(purge_at)})
    if call.carrier is Carrier.COOKIE:
        call.cookies.clear(answer)
    return answer
