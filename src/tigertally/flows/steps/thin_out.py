"""End most of very many sessions in transactions of their own, before the journey's own one.

One transaction that ends twenty thousand sessions would keep every other writer waiting for
seconds. So all but a slice end first. The caller's own transaction then ends the rest, together
with its other changes, and nothing is acknowledged before. A crash in between leaves fewer sessions
alive, and no session alive whose end was acknowledged.
"""

from collections.abc import Sequence
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Ending, EndReason, Session
from tigertally.flows.context import Actor, Context, acting_device, hold_actor

SLICE: Final = 200
"""Maximum number of sessions that one transaction ends."""


def thin_out(
    context: Context,
    user_id: str,
    reason: EndReason,
    *,
    event: EventName | None = None,
    actor: Actor | None = None,
    but: str | None = None,
    leave: int = SLICE,
) -> Sequence[Session]:
    """End a user's oldest sessions until so many are left. Return the ended ones.

    The actor's own session stays, or the one that ``but`` names. Raises SessionEnded if the actor's
    ended meanwhile.
    """
    but = actor.session_id if actor is not None else but
    ended: list[Session] = []
    with context.store.reading() as tx:
        surplus = tx.sessions.count(user_id, context.clock.now()) - leave
    while surplus > 0:
        with context.store.writing() as tx:
            now = context.clock.now()
            by = None
            if actor is not None:
                _, session = hold_actor(tx, actor, now)
                by = acting_device(session, actor)
            else:
                tx.users.hold(user_id)
            part = tx.sessions.end_oldest(
                user_id, Ending(reason, now, by), now, leave=leave, at_most=SLICE, but=but
            )
            if event is not None:
                tx.events.append_all(Event.of(event, one, now, reason=reason) for one in part)
        ended += part
        surplus = surplus - len(part) if part else 0
    return ended
