"""Change the password: in the same transaction, whoever else was signed in is out."""

from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.passwords import check_new_password
from tigertally.core.sessions import Ending, EndReason
from tigertally.errors import InvalidCredentials
from tigertally.flows.context import Actor, Context, acting_device, hold_actor
from tigertally.flows.prove_password import prove_password
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Exchanges a user's password for another."""

    context: Context

    def __call__(self, actor: Actor, *, current: Secret, new: Secret) -> int:
        """Return how many other sessions ended; the actor's own stays.

        Raises InvalidCredentials for a wrong current password, InvalidRequest (``new_password``),
        SessionEnded.
        """
        user = prove_password(
            self.context, actor, current, refused_as=EventName.PASSWORD_CHANGE_REFUSED
        )
        check_new_password(new, username=user.username, field="new_password")
        new_hash = self.context.passwords.hash(new)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            ending = Ending(EndReason.PASSWORD_CHANGED, now, acting_device(session, actor))
            # Of two changes at once, only one was asked with a password that is still current.
            if not tx.users.set_password_hash(user.id, new_hash, expected=user.password_hash):
                raise InvalidCredentials
            ended = tx.sessions.end_all(user.id, ending, now, but=actor.session_id)
            tx.events.append(Event.of(EventName.PASSWORD_CHANGED, session, now))
            for other in ended:
                tx.events.append(
                    Event.of(EventName.SESSION_ENDED, other, now, reason=ending.reason)
                )
        return len(ended)
