"""Sign in with a code: prove an address or a number, then open a session."""

from dataclasses import dataclass

from tigertally.core.challenges import Purpose
from tigertally.core.contacts import Target
from tigertally.core.events import Event
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act
from tigertally.flows.context import Context, Tally
from tigertally.flows.open_session import OpenSession
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.proofs.code import ProveCode, RegistrationProof
from tigertally.flows.steps.attempt import attempt
from tigertally.flows.steps.note_refusals import sign_in_refused
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
        target: Target | None = None,
    ) -> Tally:
        """Return both tokens of a new session. With a nonce, the session is bound to it.

        With a target, the code is one to register: if nobody had the target, this makes an account
        without a password. ``former`` is the browser's present session; it ends in the same
        transaction. Raises CodeInvalid, CodeExpired, RateLimited, RegistrationClosed, UserDisabled
        or TooManySessions.
        """

        def refused(reason: str, sent_to: str | None) -> Event:
            return sign_in_refused(self.context, reason, device, sent_to)

        proof = ProveCode(self.context, self.outgoing)(
            Purpose.LOGIN if target is None else Purpose.REGISTER,
            challenge_id,
            code,
            device=device,
            refused=refused,
            target=target,
        )
        enter = OpenSession(self.context)
        if not isinstance(proof, RegistrationProof):
            return enter(proof, nonce=nonce, former=former)
        with attempt(
            self.context, by_address=Act.REGISTRATION_FROM_ADDRESS, device=device
        ) as trying:
            trying.count()
            return enter(proof, nonce=nonce, former=former)
