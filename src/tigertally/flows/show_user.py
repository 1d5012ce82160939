"""Show an account to an operator, with its ways to sign in."""

from collections.abc import Sequence
from dataclasses import dataclass

from tigertally.core.identities import Identity, ProviderIdentity, Pseudonym
from tigertally.core.ports.store import Transaction
from tigertally.core.providers import Providers
from tigertally.core.users import User
from tigertally.errors import InvalidRequest, NotFound
from tigertally.flows.context import Context
from tigertally.flows.steps.find_user import find_user


@dataclass(frozen=True, slots=True)
class FoundUser:
    """The present state of an account."""

    user: User
    identities: Sequence[Identity]
    live_sessions: int
    disabled: bool


@dataclass(frozen=True, slots=True)
class ShowUser:
    """Finds accounts by any of their names. Raises NotFound for an unknown one."""

    context: Context
    providers: Providers

    def __call__(self, name: str) -> FoundUser:
        """Return the account with this user name, verified address or id."""
        with self.context.store.reading() as tx:
            return self._show(tx, find_user(tx, name))

    def at(self, provider: str, app_id: str | None, subject: str) -> FoundUser:
        """Return the account that this openid signs in to.

        Raises InvalidRequest (``openid``, ``app_id``), and NotFound also if it is not configured.
        """
        who = Pseudonym.read(subject)
        if who is None:
            raise InvalidRequest.at("openid", "pattern")
        asked = ProviderIdentity(provider, self.providers.app_id(provider, app_id), who)
        with self.context.store.reading() as tx:
            identity = tx.identities.find(asked)
            return self._show(tx, tx.users.get(identity.user_id) if identity else None)

    def _show(self, tx: Transaction, user: User | None) -> FoundUser:
        now = self.context.clock.now()
        if user is None or user.is_gone(now):
            raise NotFound("no such user")
        return FoundUser(
            user,
            tx.identities.of_user(user.id),
            tx.sessions.count(user.id, now),
            user.is_disabled(now),
        )
