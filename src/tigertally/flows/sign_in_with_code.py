"""Sign in with a code: prove an address or a number, then open a session."""

from dataclasses import dataclass

from tigertally.core.sessions import Device
from tigertally.flows.context import Context, Tally
from tigertally.flows.open_session import OpenSession
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.proofs.code import ProveCode
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class SignInWithCode:
    """Opens a session for somebody who brought back a code."""

    context: Context
    outgoing: Outgoing

    def __call__(
        self,
        challenge_id: str,
        code: Secret,
        *,
        device: Device,
        nonce: str | None,
        former: str | None = None,
    ) -> Tally:
        """Return both tokens of a new session. With a nonce, the session is bound to it.

        ``former`` is the browser's present session; it ends in the same transaction. Raises
        CodeInvalid, CodeExpired, RateLimited, UserDisabled or TooManySessions.
        """
        proof = ProveCode(self.context, self.outgoing)(challenge_id, code, device=device)
        return OpenSession(self.context)(proof, nonce=nonce, former=former)
