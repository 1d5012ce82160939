"""Refresh: exchange a refresh token for the next pair, or detect that it was stolen.

:func:`tigertally.core.refresh.decide` decides. This file carries out the consequences, in the same
transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from tigertally.core.events import FOLDED_FOR, Event, EventName
from tigertally.core.ports.sessions import OwnedSession
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
from tigertally.core.sessions import Device, Ending, EndReason, Session
from tigertally.errors import RefreshStale, SessionUnknown, TallyError
from tigertally.flows.context import Context, Tally, issue, owner_of


@dataclass(frozen=True, slots=True)
class Refresh:
    """Exchanges a refresh token for the next pair."""

    context: Context

    def __call__(
        self,
        presented: Presented,
        *,
        nonce: str | None,
        device: Device,
        generation: int | None = None,
    ) -> Tally:
        """Return the next pair. A repeated call gets the same refresh token again.

        ``presented`` is what :meth:`~tigertally.core.tokens.RefreshTokens.read` found in the token.
        ``generation`` is the one for which the client made its nonce, if the browser and not the
        client attaches the token. If the token has another one, the nonce proves nothing: the
        client must read its state again (RefreshStale) before anybody is accused.

        Raises SessionEnded, SessionUnknown or RefreshStale.
        """
        now = self.context.clock.now()
        nonce_hash = hash_nonce(nonce) if nonce is not None else None
        with self.context.store.writing() as tx:
            if generation in {None, presented.generation}:
                verdict, found = tx.sessions.rotate(
                    presented,
                    nonce_hash=nonce_hash,
                    rotation=self.context.rules.rotation,
                    idle_ttl=self.context.rules.times.idle_ttl,
                    now=now,
                )
            else:
                found = tx.sessions.owned(presented.session_id)
                ending = found.session.ended(now) if found else None
                verdict = Over(ending) if ending else Stale()
            session = found.session if found else None
            refusal = self._refusal(tx, verdict, presented, session, device, now)
            refusal = refusal or _shut_out(tx, found, now)
            user = owner_of(found, now) if not refusal else None
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
        session: Session | None,
        device: Device,
        now: datetime,
    ) -> TallyError | None:
        """Carry out a refusal and return its error. Return ``None`` if tokens are to be issued."""
        error: TallyError
        match verdict:
            case Reused():
                ending = Ending(EndReason.REFRESH_REUSED, now, device)
                ended = tx.sessions.end(presented.session_id, ending, now)
                error = (ended.ending if ended and ended.ending else ending).as_error()
                name, reason = EventName.REFRESH_REUSED, str(ending.reason)
            case Over(ending):
                error = ending.as_error()
                name, reason = EventName.REFRESH_REFUSED, str(ending.reason)
            case Stale():
                error = RefreshStale()
                name, reason = EventName.REFRESH_REFUSED, error.code
            case Unknown():
                error = SessionUnknown()
                name, reason = EventName.REFRESH_REFUSED, error.code
            case _:
                return None
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
        return error


def _shut_out(tx: Transaction, found: OwnedSession | None, now: datetime) -> TallyError | None:
    """End the session of somebody whom an application disabled or deleted. It need not tell us.

    Of the deleted, too: some databases give the id to the next user.
    """
    if found is None or (found.owner is not None and not found.owner.is_disabled(now)):
        return None
    reason = EndReason.USER_DELETED if found.owner is None else EndReason.DISABLED
    ending = Ending(reason, now)
    ended = tx.sessions.end(found.session.id, ending, now)
    if ended is not None:
        name = EventName.APP_SESSION_ENDED
        tx.events.append(Event.of(name, ended, now, reason=ending.reason))
    return ending.as_error()
