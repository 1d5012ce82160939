"""Delete the account: end all sessions now, and the data after the cool-off."""

from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Ending, EndReason
from tigertally.flows.context import Actor, Context, acting_device, hold_actor
from tigertally.flows.steps.administration import keeping_an_administrator, refuse_the_last
from tigertally.flows.steps.thin_out import thin_out


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Marks accounts as deleted. Signing in again during the cool-off cancels it."""

    context: Context

    def __call__(self, actor: Actor) -> datetime:
        """Return when the account's data will be deleted.

        Raises SessionEnded, or LastAdministrator.
        """
        now = self.context.clock.now()
        refuse_the_last(self.context, actor.user_id, now)
        thin_out(self.context, actor.user_id, EndReason.USER_DELETED, actor=actor)
        purge_at = now + self.context.rules.deletion_cool_off
        with self.context.store.writing() as tx, keeping_an_administrator(tx, now):
            user, session = hold_actor(tx, actor, now)
            ending = Ending(EndReason.USER_DELETED, now, acting_device(session, actor))
            tx.users.replace(replace(user, deleted_at=now, purge_at=purge_at))
            # A sign-in cancels the deletion: only a code that is asked for later may do that.
            tx.challenges.end_all(user.id)
            tx.sessions.end_all(user.id, ending, now)
            tx.events.append(Event.of(EventName.USER_DELETED, session, now))
        return purge_at
