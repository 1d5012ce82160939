"""Sign out at once: with either token, with an expired one, and repeatedly without an error.

Only what was presented, and checked, ends a session: an id alone signs nobody out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.refresh import Presented
from tigertally.core.sessions import Device, Ending, EndReason, Session
from tigertally.core.tickets import SignOutTicket
from tigertally.core.tokens import AccessClaims
from tigertally.errors import NotFound
from tigertally.flows.context import Actor, Context, acting_device, hold_actor
from tigertally.flows.steps.thin_out import thin_out


@dataclass(frozen=True, slots=True)
class SignOut:
    """Ends the session of a presented token or ticket."""

    context: Context

    def __call__(
        self, presented: AccessClaims | Presented | SignOutTicket, *, device: Device
    ) -> None:
        """End the session. An ended one is no error, and an access token may have expired."""
        now = self.context.clock.now()
        ending = Ending(EndReason.LOGGED_OUT, now, device)
        with self.context.store.writing() as tx:
            ended = tx.sessions.end(presented.session_id, ending, now)
            if ended is not None:
                event = Event.of(EventName.SESSION_ENDED, ended, now, reason=EndReason.LOGGED_OUT)
                tx.events.append(event)


@dataclass(frozen=True, slots=True)
class SignOutEverywhere:
    """Ends all sessions of a user, or all except the caller's, and the codes that were sent."""

    context: Context

    def __call__(self, actor: Actor, *, keep_current: bool) -> Sequence[Session]:
        """Return the ended sessions. Raises SessionEnded if the actor's own has ended."""
        reason = EndReason.KICKED if keep_current else EndReason.LOGGED_OUT
        name = EventName.SESSION_KICKED if keep_current else EventName.SESSION_ENDED
        most = thin_out(self.context, actor.user_id, reason, event=name, actor=actor)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            # A code that was sent before would open the next session.
            tx.challenges.end_all(actor.user_id)
            ended = tx.sessions.end_all(
                actor.user_id,
                Ending(reason, now, acting_device(session, actor)),
                now,
                but=actor.session_id if keep_current else None,
            )
            tx.events.append_all(Event.of(name, other, now, reason=reason) for other in ended)
        return [*most, *ended]


@dataclass(frozen=True, slots=True)
class Kick:
    """Ends one other session of the same user."""

    context: Context

    def __call__(self, actor: Actor, session_id: str) -> Session:
        """Return the ended session. Raises NotFound if the actor has no such live session."""
        now = self.context.clock.now()
        current = session_id == actor.session_id
        reason = EndReason.LOGGED_OUT if current else EndReason.KICKED
        name = EventName.SESSION_ENDED if current else EventName.SESSION_KICKED
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            target = tx.sessions.get(session_id)
            if target is None or target.user_id != actor.user_id:
                raise NotFound
            ending = Ending(reason, now, acting_device(session, actor))
            ended = tx.sessions.end(session_id, ending, now)
            if ended is None:
                raise NotFound
            tx.events.append(Event.of(name, ended, now, reason=reason))
        return ended
