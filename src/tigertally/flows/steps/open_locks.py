"""Open the lock-outs of an account, a step of everything that sets its password anew."""

from collections.abc import Sequence

from tigertally.core.events import Event, EventName
from tigertally.core.lockouts import Lockout
from tigertally.flows.context import Context
from tigertally.flows.steps.check_password import account_subject


def open_locks(
    context: Context, user_id: str, *, event: EventName | None = None
) -> Sequence[Lockout]:
    """Allow password attempts again, and return the lock-outs there were.

    They are logged as ``event``, if one is given.
    """
    now = context.clock.now()
    with context.store.writing() as tx:
        held = tx.lockouts.end_all(user_id, now)
        if held and event is not None:
            tx.events.append(Event(name=event, at=now, user_id=user_id))
    # Also without a lock-out: the next wrong password must not be the last one allowed.
    for subject in {account_subject(user_id), *(one.subject for one in held)}:
        context.throttle.open(subject, now)
    return held
