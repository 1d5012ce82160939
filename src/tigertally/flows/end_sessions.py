"""End sessions for the application that the service is part of."""

from collections.abc import Sequence
from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Device, Ending, EndReason, Session
from tigertally.errors import NotFound
from tigertally.flows.context import Context
from tigertally.flows.steps.thin_out import thin_out

EVENT = EventName.APP_SESSION_ENDED


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Ends sessions by id or by user. Each end is told to its client with the reason."""

    context: Context

    def of(self, user_id: str, reason: EndReason, *, but: str | None = None) -> Sequence[Session]:
        """End all sessions of a user except one. Return the ended ones.

        The codes that were sent to the user become useless too: one would open the next session.
        """
        most = thin_out(self.context, user_id, reason, event=EVENT, but=but)
        with self.context.store.writing() as tx:
            now = self.context.clock.now()
            tx.users.hold(user_id)
            tx.challenges.end_all(user_id)
            ended = tx.sessions.end_all(user_id, Ending(reason, now), now, but=but)
            tx.events.append_all(Event.of(EVENT, one, now, reason=reason) for one in ended)
        return [*most, *ended]

    def replace(self, session_id: str, device: Device) -> None:
        """End the former session of a browser that has signed in again, if it lives."""
        now, reason = self.context.clock.now(), EndReason.REPLACED
        with self.context.store.writing() as tx:
            ended = tx.sessions.end(session_id, Ending(reason, now, device), now)
            if ended is not None:
                tx.events.append(Event.of(EventName.SESSION_REPLACED, ended, now, reason=reason))

    def one(self, session_id: str, reason: EndReason) -> Session:
        """End one session and return it. Raises NotFound if it is unknown or has ended."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            ended = tx.sessions.end(session_id, Ending(reason, now), now)
            if ended is None:
                raise NotFound(f"no live session {session_id}")
            tx.events.append(Event.of(EVENT, ended, now, reason=reason))
        return ended
