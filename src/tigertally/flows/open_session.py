"""The step that all sign-ins share: a session opens under the policy of who may be in at once."""

from dataclasses import replace
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.ports import Transaction
from tigertally.core.refresh import hash_nonce
from tigertally.core.sessions import Device, Ending, Session, open_session
from tigertally.core.users import User
from tigertally.errors import UserDisabled
from tigertally.flows.context import Context


def admit(tx: Transaction, user: User, device: Device, now: datetime) -> User:
    """Return the user as they may sign in now. Raises UserDisabled.

    Takes a deletion back: signing in during the cool-off says that one wants to stay.
    """
    if user.is_disabled(now):
        raise UserDisabled(user.disabled_until)
    if user.purge_at is None:
        return user
    restored = replace(user, deleted_at=None, purge_at=None)
    tx.users.replace(restored)
    tx.events.append(
        Event(name=EventName.DELETION_CANCELLED, at=now, user_id=user.id, device=device)
    )
    return restored


def open_under_policy(
    context: Context,
    tx: Transaction,
    user: User,
    *,
    device: Device,
    nonce: str | None,
    now: datetime,
) -> tuple[Session, tuple[Session, ...]]:
    """Open a session; return it, and the sessions that had to end for it.

    Raises TooManySessions where the policy refuses.
    """
    policy = context.rules.policy
    # Where the policy counts nothing, the live sessions need not be read.
    live = tx.sessions.live(user.id, now) if policy.limit is not None else ()
    replaced = []
    for surplus, reason in policy.make_room(live, device.type):
        ended = tx.sessions.end(surplus.id, Ending(reason, now, device), now)
        if ended is not None:
            replaced.append(ended)
            tx.events.append(Event.of(EventName.SESSION_REPLACED, ended, now, reason=reason))
    session = open_session(
        session_id=new_id(),
        user_id=user.id,
        device=device,
        nonce_hash=hash_nonce(nonce) if nonce is not None else None,
        times=context.rules.times,
        now=now,
    )
    tx.sessions.add(session)
    tx.events.append(Event.of(EventName.SESSION_OPENED, session, now))
    return session, tuple(replaced)
