"""Step-up: prove again who is at the session, and get a fresh access token."""

from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.identities import Opened
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Session
from tigertally.core.tokens import AccessToken
from tigertally.core.users import User
from tigertally.errors import (
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
    hold_actor,
    live_session,
)
from tigertally.flows.steps.exchange_code import ExchangeCode, PresentedCode, Taken
from tigertally.flows.steps.prove_password import prove_password
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
        checked = prove_password(
            self.context, actor, password, refused_as=EventName.REAUTHENTICATION_REFUSED
        )
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            if user.password_hash != checked.password_hash:
                raise InvalidCredentials
            session = _proven(tx, session, now)
        return _fresh(self.context, actor, user, session, now), session


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
        exchange = ExchangeCode(self.context, self.outside, f"reauthenticate/{actor.session_id}")
        try:
            return self._proven_by(exchange(presented), actor)
        except (NotAllowed, ProviderCodeInvalid) as refusal:
            self._log_refusal(refusal, session, actor)
            raise

    def _proven_by(self, taken: Taken | Opened, actor: Actor) -> tuple[AccessToken, Session]:
        if isinstance(taken, Opened):
            raise ProviderCodeInvalid("a code that was for reauthenticating opened a session")
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            tx.sign_in_codes.remember(taken.code_hash, taken.holder, taken.who, now)
            identity = tx.identities.find(taken.who)
            linked = identity is not None and identity.user_id == user.id
            if linked:
                session = _proven(tx, session, now)
        # Raised after the transaction: the event must be committed.
        if not linked:
            raise IdentityNotLinked
        return _fresh(self.context, actor, user, session, now), session

    def _log_refusal(
        self, refusal: NotAllowed | NotAuthenticated, session: Session, actor: Actor
    ) -> None:
        event = Event.refused(
            EventName.REAUTHENTICATION_REFUSED,
            at=self.context.clock.now(),
            reason=refusal.code,
            device=acting_device(session, actor),
            user_id=actor.user_id,
            session_id=actor.session_id,
        )
        with self.context.store.writing() as tx:
            tx.events.append(event)


def _proven(tx: Transaction, session: Session, now: datetime) -> Session:
    tx.events.append(Event.of(EventName.USER_REAUTHENTICATED, session, now))
    return tx.sessions.prove(session.id, now)


def _fresh(
    context: Context, actor: Actor, user: User, session: Session, now: datetime
) -> AccessToken:
    # Of the actor's generation: the next one may be in an answer that never arrived. A token of it
    # in use would say that its refresh token arrived too, and the actor's own would be spent.
    own = replace(session, generation=actor.generation)
    return context.access.mint(own, roles=user.roles, fresh=True, now=now)
