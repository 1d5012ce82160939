"""Sign out at once: with either token, with an expired one, and repeatedly without an error."""

from collections.abc import Sequence
from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Device, Ending, EndReason, Session
from tigertally.errors import NotFound, TokenInvalid
from tigertally.flows.context import Actor, Context, acting_device, hold_actor
from tigertally.flows.steps.thin_out import thin_out


@dataclass(frozen=True, slots=True)
class SignOut:
    """Ends the session of the presented token."""

    context: Context

    def __call__(self, session_id: str, *, device: Device) -> None:
        """End a session whose id one of the methods below returned. An ended one is no error."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            ended = tx.sessions.end(session_id, Ending(EndReason.LOGGED_OUT, now, device), now)
            if ended is not None:
                event = Event.of(EventName.SESSION_ENDED, ended, now, reason=EndReason.LOGGED_OUT)
                tx.events.append(event)

    def session_of(self, token: str, *, refresh_only: bool) -> str:
        """Return the session of an authentic token, expired or not.

        Raises TokenInvalid for a forged one, which must sign nobody out.
        """
        if not refresh_only:
            try:
                return self.context.access.read(token).session_id
            except TokenInvalid:
                pass
        return self.context.refresh.read(token).session_id

    def session_of_ticket(self, ticket: str) -> str:
        """Return the session that an authentic sign-out ticket ends (:mod:`core.tickets`).

        Raises TokenInvalid for a forged one.
        """
        return self.context.tickets.read(ticket)


@dataclass(frozen=True, slots=True)
class SignOutEverywhere:
    """Ends all sessions of a user, or all except the caller's."""

    context: Context

    def __call__(self, actor: Actor, *, keep_current: bool) -> Sequence[Session]:
        """Return the ended sessions. Raises SessionEnded if the actor's own has ended."""
        reason = EndReason.KICKED if keep_current else EndReason.LOGGED_OUT
        name = EventName.SESSION_KICKED if keep_current else EventName.SESSION_ENDED
        most = thin_out(self.context, actor.user_id, reason, event=name, actor=actor)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
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
