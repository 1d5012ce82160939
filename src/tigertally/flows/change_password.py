"""Change the password, and end all other sessions in the same transaction.

Codes that were sent before become useless. Access tokens of the actor's own session become
invalid too; the actor's client refreshes.
"""

from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.passwords import check_new_password
from tigertally.core.sessions import Ending, EndReason
from tigertally.core.users import User
from tigertally.errors import InvalidCredentials, InvalidRequest
from tigertally.flows.context import (
    Actor,
    Context,
    acting_device,
    hold_actor,
    live_account,
)
from tigertally.flows.proofs.password import ProvePasswordAgain
from tigertally.flows.steps.thin_out import thin_out
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Replaces a user's password, or sets the first one of an account without a password."""

    context: Context

    def __call__(self, actor: Actor, *, current: Secret | None, new: Secret) -> int:
        """Return how many other sessions ended. The actor's own stays.

        ``current`` is left out if the account has no password; the caller ensures that the
        access token is fresh. Raises InvalidCredentials for a wrong current password,
        InvalidRequest (``current_password``, ``new_password``), SessionEnded.
        """
        user = self._proven(actor, current)
        if current is not None and current.reveal() == new.reveal():
            raise InvalidRequest.at("new_password", "password_unchanged")
        check_new_password(
            new,
            username=user.username,
            site=self.context.rules.site_words,
            field="new_password",
        )
        new_hash = self.context.passwords.hash(new)
        reason = EndReason.PASSWORD_CHANGED
        most = thin_out(self.context, user.id, reason, event=EventName.SESSION_ENDED, actor=actor)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            ending = Ending(reason, now, acting_device(session, actor))
            # Of two concurrent changes, only one named a password that is still current.
            if not tx.users.set_password_hash(user.id, new_hash, expected=user.password_hash):
                raise InvalidCredentials
            # An intruder may have asked for one.
            tx.challenges.end_all(user.id)
            ended = tx.sessions.end_all(user.id, ending, now, but=actor.session_id)
            tx.sessions.prove(session.id, now)
            tx.events.append(Event.of(EventName.PASSWORD_CHANGED, session, now))
            tx.events.append_all(
                Event.of(EventName.SESSION_ENDED, other, now, reason=reason) for other in ended
            )
        return len(most) + len(ended)

    def _proven(self, actor: Actor, current: Secret | None) -> User:
        if current is not None:
            prove = ProvePasswordAgain(self.context, EventName.PASSWORD_CHANGE_REFUSED)
            return prove(actor, current).checked
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            user, _ = live_account(tx, actor, now)
        if user.password_hash is not None:
            raise InvalidRequest.at("current_password", "required")
        return user
