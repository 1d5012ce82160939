"""Act on a platform's message that somebody withdrew their permission."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.identities import ProviderIdentity, Withdrawal
from tigertally.core.sessions import Ending, EndReason
from tigertally.flows.context import Context
from tigertally.flows.steps.thin_out import thin_out

SKEW: Final = timedelta(seconds=5)
"""How far a platform's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class WithdrawIdentity:
    """Unlinks the named identity, and ends the sessions of its account."""

    context: Context

    def __call__(self, withdrawal: Withdrawal) -> int:
        """Return how many sessions ended. Platforms may send a message several times.

        The account stays, even without another way to sign in: only its owner or the operator may
        delete it.
        """
        who = ProviderIdentity(withdrawal.provider, withdrawal.app_id, withdrawal.subject)
        with self.context.store.reading() as tx:
            identity = tx.identities.find(who)
        if identity is None or identity.linked_at > withdrawal.at + SKEW:
            # Linked later: a repeated or late message is not about that link.
            return 0
        reason, name = EndReason.AUTHORIZATION_REVOKED, EventName.SESSION_ENDED
        most = thin_out(self.context, identity.user_id, reason, event=name)
        now = self.context.clock.now()
        ending = Ending(reason, now)
        with self.context.store.writing() as tx:
            tx.users.hold(identity.user_id)
            if tx.identities.find(who) != identity:
                # Unlinked while we waited for the account: its sessions are no longer theirs.
                return len(most)
            tx.identities.remove(identity.id)
            ended = tx.sessions.end_all(identity.user_id, ending, now)
            tx.events.append(
                Event(name=EventName.IDENTITY_WITHDRAWN, at=now, user_id=identity.user_id)
            )
            tx.events.append_all(Event.of(name, one, now, reason=reason) for one in ended)
        return len(most) + len(ended)
