"""Read the lists of all accounts and of all live sessions, for an administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from tigertally.core.contacts import Contact
from tigertally.core.directory import (
    FoundUser,
    OnlinePage,
    SessionFilter,
    UserFilter,
    UserPage,
)
from tigertally.core.identifiers import is_new_id
from tigertally.core.identities import Identity
from tigertally.core.pages import Place, WordPlace
from tigertally.core.ports.store import Transaction
from tigertally.errors import NotFound
from tigertally.flows.context import Actor, Context, live_session
from tigertally.flows.steps.find_user import find_by_login


@dataclass(frozen=True, slots=True)
class ShownUser:
    """An account, with all that leads to it."""

    found: FoundUser
    identities: Sequence[Identity]
    contacts: Sequence[Contact]
    live_sessions: int


@dataclass(frozen=True, slots=True)
class ReadDirectory:
    """Lists accounts and sessions. Each call raises SessionEnded if the actor's has ended."""

    context: Context

    def require_live(self, actor: Actor) -> None:
        """Check the actor's session, for what needs nothing else of the store."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())

    def users(
        self, actor: Actor, wanted: UserFilter, *, after: Place | WordPlace | None, limit: int
    ) -> UserPage:
        """Return a page of accounts. Raises InvalidRequest (``cursor``)."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            live_session(tx, actor, now)
            return tx.directory.users(wanted, now, after=after, limit=limit)

    def user(self, actor: Actor, user_id: str) -> ShownUser:
        """Return an account. Raises NotFound, also if it was deleted for good."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            live_session(tx, actor, now)
            found = tx.directory.user(user_id, now) if is_new_id(user_id) else None
            if found is None:
                raise NotFound
            return ShownUser(
                found,
                tx.identities.of_user(user_id),
                tx.contacts.of_user(user_id),
                tx.sessions.count(user_id, now),
            )

    def online(
        self,
        actor: Actor,
        wanted: SessionFilter,
        *,
        user: str | None,
        after: Place | None,
        limit: int,
    ) -> OnlinePage:
        """Return a page of live sessions, of one ``user`` if a name or an id is given."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            live_session(tx, actor, now)
            if user is not None:
                user_id = id_of(tx, user)
                if user_id is None:
                    return OnlinePage((), None)
                wanted = wanted.of(user_id)
            return tx.directory.online(wanted, now, after=after, limit=limit)


def id_of(tx: Transaction, typed: str) -> str | None:
    """Return the id that a filter names: as an id or a login name."""
    if is_new_id(typed):
        # Not looked up: what is left of a deleted account is found by its id.
        return typed
    found = find_by_login(tx, typed)
    return found.id if found else None
