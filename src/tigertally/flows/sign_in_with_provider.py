"""Sign in through a provider: prove by its code, then open a session; the first time, register.

The same code within a minute gets the same session again: its refresh token, computed from the row,
has the same bytes. That serves clients whose answer was lost. It works until the first refresh,
while the session lives, and only with the same nonce.
"""

from dataclasses import dataclass, replace
from typing import Final

from tigertally.core.identities import Opened
from tigertally.core.refresh import hash_nonce
from tigertally.errors import IdentityTaken, ProviderCodeInvalid, ProviderUnavailable
from tigertally.flows.context import Context, Outside, Tally, issue
from tigertally.flows.open_session import OpenSession
from tigertally.flows.proofs.proof import Proof, ProofOutdatedError
from tigertally.flows.proofs.provider import ProveIdentity
from tigertally.flows.steps.exchange_code import PresentedCode

ATTEMPTS: Final = 3
"""How often we try again when another request was faster, with the code or the account."""


@dataclass(frozen=True, slots=True)
class SignInWithProvider:
    """Opens a session for a user identified by a provider."""

    context: Context
    outside: Outside

    def __call__(
        self, presented: PresentedCode, *, nonce: str | None, former: str | None = None
    ) -> Tally:
        """Return both tokens, and whether this code created the account.

        ``former`` is the session that the same browser is in; it ends in the same transaction.
        Raises NotFound for a provider that is not configured, what providers raise,
        RegistrationClosed, UserDisabled or TooManySessions.
        """
        prove = ProveIdentity(self.context, self.outside)
        for _ in range(ATTEMPTS):
            proof = prove(presented)
            if isinstance(proof, Opened):
                return self._again(proof, nonce)
            try:
                return self._open(proof, nonce, former)
            except ProofOutdatedError:
                continue
        raise ProviderUnavailable("overtaken again and again")

    def _open(self, proof: Proof, nonce: str | None, former: str | None) -> Tally:
        open_session = OpenSession(self.context)
        for _ in range(ATTEMPTS):
            try:
                return open_session(proof, nonce=nonce, former=former)
            except IdentityTaken:
                # The same person's other phone has just made the account: find it there.
                continue
        raise ProofOutdatedError

    def _again(self, opened: Opened, nonce: str | None) -> Tally:
        """Return the session that a code has already opened. Raises ProviderCodeInvalid.

        A repeated code is invalid if the session has been refreshed or has ended, or if the nonce
        is not the one that the session is bound to.
        """
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            session = tx.sessions.get(opened.session_id)
            user = tx.users.get(session.user_id) if session else None
            ended = [tx.sessions.get(session_id) for session_id in opened.replaced]
        nonce_hash = hash_nonce(nonce) if nonce is not None else None
        if (
            session is None
            or user is None
            or session.ended(now)
            or session.generation > 0
            or session.nonce_hash != nonce_hash
        ):
            raise ProviderCodeInvalid("spent, and its session has gone on")
        replaced = tuple(one for one in ended if one is not None)
        tally = issue(self.context, user, session, fresh=True, now=now, replaced=replaced)
        return replace(tally, created=opened.created)
