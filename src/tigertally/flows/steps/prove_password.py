"""Ask for the password within a session, a step that sensitive journeys share."""

from tigertally.core.events import Event, EventName
from tigertally.core.users import User
from tigertally.errors import InvalidCredentials
from tigertally.flows.context import Actor, Context, acting_device, live_session, owner_of
from tigertally.flows.steps.check_password import check_password, session_subject
from tigertally.secret import Secret


def prove_password(
    context: Context, actor: Actor, password: Secret, *, refused_as: EventName
) -> User:
    """Return the user whose password was given.

    Raises InvalidCredentials, and logs it; RateLimited; SessionEnded if the session has
    ended.
    """
    now = context.clock.now()
    with context.store.reading() as tx:
        session = live_session(tx, actor, now)
        user = owner_of(tx, session, now)
    subjects = [session_subject(session.id)]
    if check_password(
        context,
        user.password_hash,
        password,
        subjects=subjects,
        device=actor.device,
        user_id=user.id,
    ):
        return user
    event = Event.refused(
        refused_as,
        at=now,
        reason=InvalidCredentials.code,
        device=acting_device(session, actor),
        user_id=actor.user_id,
        session_id=actor.session_id,
    )
    with context.store.writing() as tx:
        tx.events.append(event)
    raise InvalidCredentials
