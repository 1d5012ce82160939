"""Open a session for a proof, under the session policy: the second half of every sign-in."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.identities import Opened
from tigertally.core.ports.store import Transaction
from tigertally.core.refresh import hash_nonce
from tigertally.core.sessions import Device, Ending, EndReason, Session, open_session
from tigertally.core.users import User
from tigertally.errors import (
    CodeInvalid,
    InvalidCredentials,
    RegistrationClosed,
    TooManySessions,
    UserDisabled,
)
from tigertally.flows.context import Context, Tally, issue
from tigertally.flows.end_sessions import EndSessions
from tigertally.flows.proofs.proof import Proof
from tigertally.flows.steps.note_refusals import sign_in_refused
from tigertally.flows.steps.thin_out import SLICE, thin_out

_EVENTS: Final = {
    EndReason.EVICTED: EventName.SESSION_EVICTED,
    EndReason.REPLACED: EventName.SESSION_REPLACED,
}


_REFUSALS: Final = (
    CodeInvalid,
    InvalidCredentials,
    RegistrationClosed,
    TooManySessions,
    UserDisabled,
)
"""What the rules say to people who proved who they are, and proofs that something overtook."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Opens a session for somebody who proved who they are."""

    context: Context

    def __call__(self, proof: Proof, *, nonce: str | None, former: str | None = None) -> Tally:
        """Return both tokens of a new session. With a nonce, the session is bound to it.

        ``former`` is the browser's present session; it ends in the same transaction. Raises
        UserDisabled, TooManySessions, and what the proof raises: ProofOutdatedError asks for
        another proof. Refusals are logged.
        """
        if proof.user_id is not None:
            _make_way(self.context, proof.user_id)
        now = self.context.clock.now()
        try:
            with self.context.store.writing() as tx:
                proved = proof.confirm(tx, now)
                deletion_cancelled = proved.user.purge_at is not None
                user = _admit(tx, proved.user, proof.device, now)
                session, replaced = _open_under_policy(
                    self.context,
                    tx,
                    user,
                    proof=proof,
                    nonce=nonce,
                    former=former,
                    now=now,
                )
                ended = [one.id for one in replaced]
                proof.opened(tx, Opened(session.id, proved.created, ended))
        except _REFUSALS as refusal:
            self._log_refusal(refusal.code, proof)
            raise
        try:
            tally = issue(self.context, user, session, fresh=True, now=now, replaced=replaced)
        except Exception:
            # The application could not tell the roles. Nobody has the tokens, so nobody could ever
            # use or end this session.
            EndSessions(self.context).one(session.id, EndReason.LOGGED_OUT)
            raise
        return replace(tally, created=proved.created, deletion_cancelled=deletion_cancelled)

    def _log_refusal(self, code: str, proof: Proof) -> None:
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user_id = proof.refused(tx, now)
            tx.events.append(sign_in_refused(self.context, code, proof.device, user_id))


def _admit(tx: Transaction, user: User, device: Device, now: datetime) -> User:
    """Return the user who may sign in now. Raises UserDisabled.

    Cancels a deletion: a sign-in during the cool-off means that the user wants to stay.
    """
    if user.is_disabled(now):
        raise UserDisabled(user.disabled_until)
    if user.purge_at is None:
        return user
    restored = replace(user, deleted_at=None, purge_at=None)
    tx.users.replace(restored)
    tx.events.append(
        Event(name=EventName.DELETION_CANCELLED, at=now, user_id=user.id, device=device)
    )
    return restored


def _make_way(context: Context, user_id: str) -> None:
    """End very many replaced sessions, before the transaction that opens the next one."""
    policy = context.rules.policy
    if not policy.refuses and not policy.per_device_type:
        leave = policy.most + SLICE
        thin_out(context, user_id, policy.reason, event=_EVENTS[policy.reason], leave=leave)


def _open_under_policy(
    context: Context,
    tx: Transaction,
    user: User,
    *,
    proof: Proof,
    nonce: str | None,
    former: str | None,
    now: datetime,
) -> tuple[Session, tuple[Session, ...]]:
    """Open a session. Return it, and the sessions that ended for it.

    ``former`` is the session that this browser was in, of this user or of another one. It ends
    too, and does not count. Raises TooManySessions if the policy refuses.
    """
    device = proof.device
    live = tx.sessions.live(user.id, now)
    leaving = {
        surplus.id: reason
        for surplus, reason in context.rules.policy.make_room(
            [session for session in live if session.id != former], device.type
        )
    }
    if former is not None:
        leaving[former] = EndReason.REPLACED
    replaced = []
    # In the order of their ids: the former one may be of an account that signs in at another
    # browser right now, where one of ours is the former.
    for session_id, reason in sorted(leaving.items()):
        ended = tx.sessions.end(session_id, Ending(reason, now, device), now)
        if ended is not None:
            tx.events.append(Event.of(_EVENTS[reason], ended, now, reason=reason))
            if session_id != former:
                replaced.append(ended)
    replaced.sort(key=lambda one: (one.created_at, one.id))
    session = open_session(
        session_id=new_id(),
        user_id=user.id,
        device=device,
        nonce_hash=hash_nonce(nonce) if nonce is not None else None,
        times=context.rules.times,
        now=now,
        way=proof.method,
    )
    tx.sessions.add(session)
    tx.events.append(Event.of(EventName.SESSION_OPENED, session, now, reason=session.way))
    return session, tuple(replaced)
