"""Prove oneself by a code that was sent to a verified address or number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tigertally.core.challenges import ChallengeKeys, Purpose
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.errors import CodeExpired, CodeInvalid
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.proofs.proof import Proof, Proved
from tigertally.flows.steps.answer_code import counting_codes, passed
from tigertally.flows.steps.note_refusals import log_refusal, sign_in_refused
from tigertally.flows.steps.reach import still_proves
from tigertally.secret import Secret

METHOD: Final = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeProof(Proof):
    """Somebody brought back the code that was sent to an account's address or number.

    The code is consumed when it is checked, and not with the session: so of any number of guesses
    at once, none is looked at twice. A process that dies in between costs its owner a code.
    """

    user_id: str
    challenge_id: str
    keys: ChallengeKeys = field(repr=False)

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Hold the account.

        Raises CodeInvalid if the account is gone, if its codes were made useless since the check,
        or if the address or number is no longer the account's.
        """
        user = tx.users.hold(self.user_id)
        if user is None or user.is_gone(now):
            raise CodeInvalid(0)
        challenge = tx.challenges.find(self.challenge_id)
        if not still_proves(tx, self.keys, challenge, user):
            raise CodeInvalid(0)
        return Proved(user)


@dataclass(frozen=True, slots=True)
class ProveCode:
    """Checks codes for a sign-in."""

    context: Context
    outgoing: Outgoing

    def __call__(self, challenge_id: str, code: Secret, *, device: Device) -> CodeProof:
        """Return the proof. Raises CodeInvalid, CodeExpired or RateLimited."""
        with counting_codes(self.context, device):
            code_hash = self.outgoing.keys.code_hash(Purpose.LOGIN, challenge_id, code)
            now = self.context.clock.now()
            with self.context.store.writing() as tx:
                challenge = tx.challenges.find(challenge_id)
                answered = tx.challenges.answer(challenge_id, Purpose.LOGIN, code_hash, now)
            try:
                user_id = passed(answered)
            except (CodeInvalid, CodeExpired) as refusal:
                sent_to = challenge.user_id if challenge else None
                event = sign_in_refused(self.context, refusal.code, device, sent_to)
                log_refusal(self.context, event)
                raise
        return CodeProof(
            user_id=user_id,
            method=METHOD,
            at=now,
            device=device,
            challenge_id=challenge_id,
            keys=self.outgoing.keys,
        )
