"""Prove oneself by a code that was sent to an address or number."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tigertally.core.challenges import Challenge, ChallengeKeys, Failed, Purpose
from tigertally.core.contacts import Contact, Target
from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.users import User, substitute_username
from tigertally.errors import CodeExpired, CodeInvalid, RegistrationClosed
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.proofs.proof import Proof, Proved
from tigertally.flows.steps.answer_code import counting_codes, passed
from tigertally.flows.steps.note_refusals import log_refusal
from tigertally.flows.steps.own_contact import own_contact
from tigertally.flows.steps.reach import account_at, hold_for_target, still_proves
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationProof(Proof):
    """Somebody brought back the code that was sent to an address or number that nobody had."""

    user_id: None = None
    target: Target
    may_register: bool

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Make an account without a password, whose address or number it is.

        Raises RegistrationClosed, and CodeInvalid if somebody else has the target by now: the code
        was not sent to them.
        """
        if not self.may_register:
            raise RegistrationClosed
        user = User(
            id=new_id(),
            username=substitute_username(),
            email=None,
            display_name=None,
            locale=None,
            roles=(),
            password_hash=None,
            created_at=now,
        )
        hold_for_target(tx, self.target, user.id)
        if account_at(tx, self.target, now) is not None:
            raise CodeInvalid(0)
        tx.users.add(user)
        contact = Contact(id=new_id(), user_id=user.id, target=self.target, added_at=now)
        tx.contacts.add(contact)
        if not own_contact(tx, user, contact, now):
            raise CodeInvalid(0)
        for name in (EventName.USER_REGISTERED, EventName.CONTACT_VERIFIED):
            tx.events.append(Event(name=name, at=now, user_id=user.id, device=self.device))
        return Proved(tx.users.get(user.id) or user, created=True)


Refused = Callable[[str, str | None], Event]
"""Makes the event of a refusal, from its code and the account that the code was sent to."""


@dataclass(frozen=True, slots=True)
class ProveCode:
    """Checks codes, which are consumed by that."""

    context: Context
    outgoing: Outgoing

    def __call__(
        self,
        purpose: Purpose,
        challenge_id: str,
        code: Secret,
        *,
        device: Device,
        refused: Refused,
        target: Target | None = None,
    ) -> CodeProof | RegistrationProof:
        """Return the proof, one of a newcomer only for a code to register.

        Such a code must come with its target again. Raises CodeInvalid, CodeExpired or RateLimited.
        """
        keys = self.outgoing.keys
        with counting_codes(self.context, device):
            code_hash = keys.code_hash(purpose, challenge_id, code)
            now = self.context.clock.now()
            with self.context.store.writing() as tx:
                challenge = tx.challenges.find(challenge_id)
                fits = target is None or _was_sent_to(target, challenge, keys)
                answered = (
                    tx.challenges.answer(challenge_id, purpose, code_hash, now)
                    if fits
                    else Failed(0)
                )
            try:
                user_id = passed(answered)
            except (CodeInvalid, CodeExpired) as refusal:
                sent_to = challenge.user_id if challenge else None
                log_refusal(self.context, refused(refusal.code, sent_to))
                raise
        if user_id is not None:
            return CodeProof(
                user_id=user_id,
                method=METHOD,
                at=now,
                device=device,
                challenge_id=challenge_id,
                keys=keys,
            )
        if target is None:
            raise CodeInvalid(0)
        return RegistrationProof(
            method=METHOD,
            at=now,
            device=device,
            target=target,
            may_register=self.context.rules.registration_open,
        )


def _was_sent_to(target: Target, challenge: Challenge | None, keys: ChallengeKeys) -> bool:
    return challenge is not None and challenge.target_hash == keys.target_hash(target)
