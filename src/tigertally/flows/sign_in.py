"""Sign in: prove a password, then open a session."""

from dataclasses import dataclass
from typing import Final

from tigertally.core.sessions import Device
from tigertally.errors import InvalidCredentials
from tigertally.flows.context import Context, Tally
from tigertally.flows.open_session import OpenSession
from tigertally.flows.proofs.password import ProvePassword
from tigertally.flows.proofs.proof import ProofOutdatedError
from tigertally.secret import Secret

ATTEMPTS: Final = 3
"""How often the password is checked if its hash is replaced meanwhile."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Opens a session for somebody who knows the password."""

    context: Context

    def __call__(
        self,
        login: str,
        password: Secret,
        *,
        device: Device,
        nonce: str | None,
        former: str | None = None,
        new: Secret | None = None,
    ) -> Tally:
        """Return both tokens of a new session. With a nonce, the session is bound to it.

        ``login`` is a user name, a verified address or a verified number. ``former`` is the
        browser's present session; it ends in the same transaction. ``new`` takes the place of a
        password that must be changed. Raises UserDisabled, TooManySessions, and as
        :class:`~tigertally.flows.proofs.password.ProvePassword`.
        """
        prove, open_session = ProvePassword(self.context), OpenSession(self.context)
        for _ in range(ATTEMPTS):
            proof = prove(login, password, device=device, new=new)
            try:
                return open_session(proof, nonce=nonce, former=former)
            except ProofOutdatedError:
                continue
        raise InvalidCredentials
