"""Refresh: exchange a refresh token for the next pair, or detect that it was stolen.

:func:`tigertally.core.refresh.decide` decides. This file carries out the consequences, in the same
transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from tigertally.core.events import FOLDED_FOR, Event, EventName
from tigertally.core.ports.store import Transaction
from tigertally.core.refresh import (
    Over,
    Presented,
    Reused,
    Stale,
    Unknown,
    Verdict,
    hash_nonce,
)
from tigertally.core.sessions import Device, Ending, EndReason
from tigertally.errors import RefreshStale, SessionUnknown, TallyError
from tigertally.flows.context import Context, Tally, issue, owner_of


@dataclass(frozen=True, slots=True)
class Refresh:
    """Exchanges a refresh token for the next pair."""

    context: Context

    def __call__(
        self, token: str, *, nonce: str | None, device: Device, generation: int | None = None
    ) -> Tally:
        """Return the next pair. A repeated call gets the same refresh token again.

        ``generation`` is the one for which the client made its nonce, if the browser and not the
        client attaches the token. If the token has another one, the nonce proves nothing: the
        client must read its state again (RefreshStale) before anybody is accused.

        Raises TokenInvalid, SessionEnded, SessionUnknown or RefreshStale.
        """
        presented = self.context.refresh.read(token)
        now = self.context.clock.now()
        nonce_hash = hash_nonce(nonce) if nonce is not None else None
        with self.context.store.writing() as tx:
            if generation in {None, presented.generation}:
                verdict, session = tx.sessions.rotate(
                    presented,
                    nonce_hash=nonce_hash,
                    rotation=self.context.rules.rotation,
                    idle_ttl=self.context.rules.times.idle_ttl,
                    now=now,
                )
            else:
                session = tx.sessions.get(presented.session_id)
                ending = session.ended(now) if session else None
                verdict = Over(ending) if ending else Stale()
            refusal = self._refusal(tx, verdict, presented, device, now)
            user = owner_of(tx, session, now) if session and not refusal else None
        # Raised after the transaction: the ended session and the event must be committed.
        if refusal is not None:
            raise refusal
        if session is None or user is None:
            raise SessionUnknown
        return issue(self.context, user, session, fresh=False, now=now)

    def _refusal(
        self,
        tx: Transaction,
        verdict: Verdict,
        presented: Presented,
        device: Device,
        now: datetime,
    ) -> TallyError | None:
        """Carry out a refusal and return its error. Return ``None`` if tokens are to be issued."""
        match verdict:
            case Reused():
                ending = Ending(EndReason.REFRESH_REUSED, now, device)
                ended = tx.sessions.end(presented.session_id, ending, now)
                self._log(tx, EventName.REFRESH_REUSED, presented, device, now, ending.reason)
                return (ended.ending if ended and ended.ending else ending).as_error()
            case Over(ending):
                self._log(tx, EventName.REFRESH_REFUSED, presented, device, now, ending.reason)
                return ending.as_error()
            case Stale():
                self._log(tx, EventName.REFRESH_REFUSED, presented, device, now, RefreshStale.code)
                return RefreshStale()
            case Unknown():
                self._log(
                    tx, EventName.REFRESH_REFUSED, presented, device, now, SessionUnknown.code
                )
                return SessionUnknown()
            case _:
                return None

    def _log(
        self,
        tx: Transaction,
        name: EventName,
        presented: Presented,
        device: Device,
        now: datetime,
        reason: str,
    ) -> None:
        session = tx.sessions.get(presented.session_id)
        event = Event.refused(
            name,
            at=now,
            reason=reason,
            device=device,
            user_id=session.user_id if session else None,
            session_id=presented.session_id,
        )
        if name is EventName.REFRESH_REUSED:
            # Reuse ends the session, so it is logged once.
            tx.events.append(event)
        else:
            tx.events.append_folded(event, f"refresh/{presented.session_id}", now + FOLDED_FOR)
