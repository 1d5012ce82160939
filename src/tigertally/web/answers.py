"""The JSON shapes of answers, as in the contract."""

from datetime import UTC, datetime
from typing import Any

from tigertally.clock import rfc3339
from tigertally.core.contacts import Contact
from tigertally.core.events import Event
from tigertally.core.files import File, Rendition
from tigertally.core.identities import Identity
from tigertally.core.sessions import Session
from tigertally.core.tokens import AccessToken
from tigertally.core.users import User
from tigertally.flows.context import Tally
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.services import Services
from tigertally.web.values import Answer, json_answer

Json = dict[str, Any]


def user_json(services: Services, user: User) -> Json:
    """Return a user as its owner sees it."""
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "email_verified": user.email_verified,
        "locale": user.locale,
        "roles": list(user.roles),
        "permissions": services.verifier.permissions_of(user.roles),
        "avatar_file_id": user.avatar_file_id,
        "created_at": rfc3339(user.created_at) if user.created_at else None,
    }


def session_json(session: Session, *, current: bool) -> Json:
    """Return a session as its owner sees it. It contains no secret."""
    return {
        "id": session.id,
        "generation": session.generation,
        "device_type": session.device.type.value,
        "device_name": session.device.name,
        "user_agent": session.device.user_agent,
        "ip": session.device.ip,
        "created_at": rfc3339(session.created_at),
        "last_seen_at": rfc3339(session.last_seen_at),
        "expires_at": rfc3339(session.absolute_expires_at),
        "refresh_expires_at": rfc3339(session.expires_at),
        "current": current,
    }


def file_json(file: File, *, api: str) -> Json:
    """Return a file as its owner sees it. Its addresses work for the owner only.

    ``api`` is the path of the API (:attr:`Call.api`).
    """
    content_url = f"{api}/files/{file.id}/content"
    return {
        "id": file.id,
        "name": file.name,
        "content_type": file.kind.value,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "created_at": rfc3339(file.created_at),
        "content_url": content_url,
        "thumbnail_url": f"{content_url}?size={Rendition.THUMB}",
    }


def event_json(event: Event, *, name: str) -> Json:
    """Return an event as its user sees it; ``name`` is its public id.

    Where an administrator did it, their device and address are not the user's business.
    """
    device = event.device if event.actor_id in {None, event.user_id} else None
    return {
        "id": name,
        "at": rfc3339(event.at),
        "name": event.name.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "session_id": event.session_id,
        "device_type": device.type.value if device else None,
        "device_name": device.name if device else None,
        "ip": device.ip if device else None,
        "user_agent": device.user_agent if device else None,
    }


def identity_json(identity: Identity) -> Json:
    """Return a linked identity as its owner sees it, with the end of its subject only."""
    return {
        "id": identity.id,
        "provider": identity.who.provider,
        "app_id": identity.who.app_id,
        "tail": identity.who.subject.tail,
        "linked_at": rfc3339(identity.linked_at),
    }


def contact_json(contact: Contact) -> Json:
    """Return an address or number of an account."""
    return {
        "id": contact.id,
        "kind": contact.target.kind.value,
        "value": contact.target.value,
        "added_at": rfc3339(contact.added_at),
        "verified_at": rfc3339(contact.verified_at) if contact.verified_at else None,
    }


def sign_in_json(services: Services, tally: Tally, *, message: str) -> Json:
    """Return what a sign-in or refresh tells besides the tokens."""
    claims, now = tally.access.claims, services.context.clock.now()
    return {
        "message": message,
        "status": 200,
        "token_type": "Bearer",
        "expires_in": claims.expires_at - claims.issued_at,
        "refresh_expires_in": max(0, round((tally.session.expires_at - now).total_seconds())),
        "user": user_json(services, tally.user),
        "session": session_json(tally.session, current=True),
        "replaced_sessions": [session_json(one, current=False) for one in tally.replaced],
    }


def pair_json(services: Services, tally: Tally) -> Json:
    """Return the tokens for clients that get them in the body."""
    return {
        "access_token": tally.access.text,
        "refresh_token": tally.refresh,
        "sign_out_ticket": services.context.tickets.mint(tally.session.id),
    }


def tokens_answer(
    call: Call, tally: Tally, *, carrier: Carrier, remember: bool, created: bool | None = None
) -> Answer:
    """Return both tokens by the requested carrier. With cookies, no token is in the body.

    ``created`` is set if the sign-in may have created the account.
    """
    message = call.notice("login_deletion_cancelled" if tally.deletion_cancelled else None)
    content = sign_in_json(call.services, tally, message=message)
    if created is not None:
        content["created"] = created
    if carrier is Carrier.BODY:
        return json_answer(content | pair_json(call.services, tally))
    csrf = call.services.csrf.token(tally.session)
    answer = json_answer(content | {"csrf_token": csrf})
    call.cookies.set_pair(
        answer,
        access=tally.access.text,
        refresh=tally.refresh,
        csrf=csrf,
        until=tally.session.expires_at if remember else None,
    )
    return answer


def fresh_answer(call: Call, token: AccessToken, session: Session, *, remember: bool) -> Answer:
    """Return a fresh access token the way the old one came."""
    claims = token.claims
    content: Json = {
        "message": call.notice(),
        "status": 200,
        "token_type": "Bearer",
        "expires_in": claims.expires_at - claims.issued_at,
        "fresh_until": rfc3339(datetime.fromtimestamp(claims.fresh_until, UTC)),
    }
    if call.carrier is not Carrier.COOKIE:
        return json_answer(content | {"access_token": token.text})
    answer = json_answer(content | {"csrf_token": call.services.csrf.token(session)})
    until = session.expires_at if remember else None
    call.cookies.set_access(answer, access=token.text, until=until)
    return answer
