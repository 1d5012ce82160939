"""Step-up: prove again who is at the session, then get a fresh access token."""

from dataclasses import dataclass, replace

from tigertally.core.challenges import Purpose
from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Session
from tigertally.core.tokens import AccessToken
from tigertally.errors import (
    CodeInvalid,
    IdentityNotLinked,
    InvalidCredentials,
    NotAllowed,
    NotAuthenticated,
    ProviderCodeInvalid,
)
from tigertally.flows.context import (
    Actor,
    Context,
    Outside,
    acting_device,
    claims_of,
    hold_actor,
    live_session,
    with_roles,
)
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.proofs.code import ProveCode
from tigertally.flows.proofs.password import ProvePasswordAgain
from tigertally.flows.proofs.proof import Proof, ProofOutdatedError
from tigertally.flows.proofs.provider import ProveIdentityAgain
from tigertally.flows.steps.exchange_code import PresentedCode
from tigertally.flows.steps.note_refusals import log_refusal
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class Reauthenticate:
    """Mints fresh access tokens within a live session."""

    context: Context

    def __call__(self, actor: Actor, password: Secret) -> tuple[AccessToken, Session]:
        """Return a fresh access token and its session.

        The session's older access tokens become invalid. Raises InvalidCredentials or
        SessionEnded.
        """
        prove = ProvePasswordAgain(self.context, EventName.REAUTHENTICATION_REFUSED)
        proof = prove(actor, password)
        try:
            return freshen(self.context, actor, proof)
        except ProofOutdatedError:
            raise InvalidCredentials from None


@dataclass(frozen=True, slots=True)
class ReauthenticateWithProvider:
    """The same through a provider, for accounts that may have no password."""

    context: Context
    outside: Outside

    def __call__(self, actor: Actor, presented: PresentedCode) -> tuple[AccessToken, Session]:
        """Return a fresh access token and its session. The same code again gives another token.

        Raises what providers raise, IdentityNotLinked or SessionEnded.
        """
        with self.context.store.reading() as tx:
            session = live_session(tx, actor, self.context.clock.now())
        prove, proof = ProveIdentityAgain(self.context, self.outside), None
        try:
            proof = prove(actor, presented)
            return freshen(self.context, actor, proof)
        except (NotAllowed, ProviderCodeInvalid) as refusal:
            self._log_refusal(refusal, session, actor, proof)
            raise

    def _log_refusal(
        self,
        refusal: NotAllowed | NotAuthenticated,
        session: Session,
        actor: Actor,
        proof: Proof | None,
    ) -> None:
        now = self.context.clock.now()
        event = Event.refused(
            EventName.REAUTHENTICATION_REFUSED,
            at=now,
            reason=refusal.code,
            device=acting_device(session, actor),
            user_id=actor.user_id,
            session_id=actor.session_id,
        )
        with self.context.store.writing() as tx:
            if proof is not None:
                proof.refused(tx, now)
            tx.events.append(event)


@dataclass(frozen=True, slots=True)
class ReauthenticateWithCode:
    """The same by a code that was sent to an address or number of the account."""

    context: Context
    outgoing: Outgoing

    def __call__(
        self, actor: Actor, challenge_id: str, code: Secret
    ) -> tuple[AccessToken, Session]:
        """Return a fresh access token and its session.

        Raises CodeInvalid, also for a code of another account, CodeExpired, RateLimited or
        SessionEnded.
        """
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            session = live_session(tx, actor, now)
        device = acting_device(session, actor)

        def refused(reason: str, sent_to: str | None) -> Event:
            del sent_to
            return Event.refused(
                EventName.REAUTHENTICATION_REFUSED,
                at=now,
                reason=reason,
                device=device,
                user_id=actor.user_id,
                session_id=actor.session_id,
            )

        prove = ProveCode(self.context, self.outgoing)
        proof = prove(Purpose.REAUTHENTICATE, challenge_id, code, device=device, refused=refused)
        try:
            return freshen(self.context, actor, proof)
        except IdentityNotLinked:
            log_refusal(self.context, refused(CodeInvalid.code, None))
            raise CodeInvalid(0) from None


def freshen(context: Context, actor: Actor, proof: Proof) -> tuple[AccessToken, Session]:
    """Return a fresh access token of the actor's session, and the session.

    Raises IdentityNotLinked for a proof of another user, SessionEnded, and what the proof raises.
    """
    now = context.clock.now()
    with context.store.writing() as tx:
        user, session = hold_actor(tx, actor, now)
        # Asked again within the transaction: what was proved may be another's by now.
        if proof.user_id != user.id or proof.confirm(tx, now).user.id != user.id:
            raise IdentityNotLinked
        tx.events.append(Event.of(EventName.USER_REAUTHENTICATED, session, now))
        session = tx.sessions.prove(session.id, now)
    # Of the actor's generation: the next one may be in an answer that never arrived. A token of it
    # in use would say that its refresh token arrived too, and the actor's own would be spent.
    own = replace(session, generation=actor.generation)
    user = with_roles(context, user)
    return context.access.mint(own, claims_of(context, user), fresh=True, now=now), session
