"""Reauthenticate: enter the password again, and get an access token that is fresh (step-up)."""

from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import Session
from tigertally.core.tokens import AccessToken
from tigertally.errors import InvalidCredentials
from tigertally.flows.context import Actor, Context, hold_actor
from tigertally.flows.prove_password import prove_password
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class Reauthenticate:
    """Mints fresh access tokens within a session that already lives."""

    context: Context

    def __call__(self, actor: Actor, password: Secret) -> tuple[AccessToken, Session]:
        """Return a fresh access token and its session.

        Raises InvalidCredentials or SessionEnded.
        """
        checked = prove_password(
            self.context, actor, password, refused_as=EventName.REAUTHENTICATION_REFUSED
        )
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            if user.password_hash != checked.password_hash:
                raise InvalidCredentials
            tx.sessions.reauthenticated(session.id, now)
            tx.events.append(Event.of(EventName.USER_REAUTHENTICATED, session, now))
        token = self.context.access.mint(session, roles=user.roles, fresh=True, now=now)
        return token, session
