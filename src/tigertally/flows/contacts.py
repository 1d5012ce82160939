"""Addresses and numbers of one's own account: add, verify, remove."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.core.challenges import Passed, Purpose
from tigertally.core.contacts import Contact, Target
from tigertally.core.events import Event, EventName
from tigertally.core.ports.store import Transaction
from tigertally.errors import (
    CodeInvalid,
    LastWayToSignIn,
    NotFound,
)
from tigertally.flows.context import Actor, Context, hold_actor, live_session
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.steps.answer_code import counting_codes, passed
from tigertally.flows.steps.own_contact import (
    add_contact,
    contact_taken,
    is_of_profile,
    own_contact,
)
from tigertally.flows.steps.reach import hold_for_target
from tigertally.flows.steps.send_code import Asked, Recipient, SendCode
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class ManageContacts:
    """Lists and changes the contacts of the actor's account."""

    context: Context
    outgoing: Outgoing

    def list(self, actor: Actor) -> Sequence[Contact]:
        """Return the actor's contacts. Raises SessionEnded."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            return tx.contacts.of_user(actor.user_id)

    def add(self, actor: Actor, target: Target, *, locale: str) -> tuple[Contact, Asked]:
        """Add a contact, and send the code that verifies it. One that is there already is kept.

        Whether another account has it shows only to who brings back the code. Raises
        InvalidRequest, NotFound, RateLimited, or SessionEnded.
        """
        added: list[Contact] = []

        def owner(tx: Transaction, now: datetime) -> Recipient:
            # In the transaction that promises the code: a refused contact gets no code.
            user, session = hold_actor(tx, actor, now)
            added.append(add_contact(tx, session, target, now))
            return Recipient(user, added[0].target)

        asked = SendCode(self.context, self.outgoing)(
            Purpose.VERIFY, target, owner=owner, device=actor.device, locale=locale
        )
        return added[0], asked

    def verify(self, actor: Actor, contact_id: str, challenge_id: str, code: Secret) -> Contact:
        """Return the verified contact, which is a login name from then on.

        An e-mail address becomes the address of a profile without one. Raises NotFound,
        CodeInvalid, CodeExpired, RateLimited, SessionEnded; EmailTaken, or InvalidRequest for a
        number, if another account has verified it.
        """
        with counting_codes(self.context, actor.device):
            code_hash = self.outgoing.keys.code_hash(Purpose.VERIFY, challenge_id, code)
            now = self.context.clock.now()
            with self.context.store.writing() as tx:
                target = _target(tx, actor, contact_id)
                if target is not None:
                    hold_for_target(tx, target, actor.user_id)
                user, session = hold_actor(tx, actor, now)
                contact = _own(tx, actor, contact_id)
                challenge = tx.challenges.find(challenge_id)
                sent_there = (
                    challenge is not None
                    and challenge.user_id == user.id
                    and challenge.target_hash == self.outgoing.keys.target_hash(contact.target)
                )
                if not sent_there:
                    raise CodeInvalid(0)
                answered = tx.challenges.answer(challenge_id, Purpose.VERIFY, code_hash, now)
                verified = isinstance(answered, Passed) and own_contact(tx, user, contact, now)
                if verified:
                    tx.events.append(Event.of(EventName.CONTACT_VERIFIED, session, now))
            # Raised after the transaction: the try must be committed.
            passed(answered)
        if not verified:
            raise contact_taken(contact.target)
        return replace(contact, verified_at=now)

    def remove(self, actor: Actor, contact_id: str) -> None:
        """Delete a contact. Raises NotFound, SessionEnded, or LastWayToSignIn."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            contact = _own(tx, actor, contact_id)
            others = [
                one
                for one in tx.contacts.of_user(user.id)
                if one.id != contact.id and one.verified_at is not None
            ]
            stays = user.password_hash is not None or others or tx.identities.of_user(user.id)
            of_profile = is_of_profile(user, contact)
            is_way = contact.verified_at is not None or (of_profile and user.email_verified)
            if is_way and not stays:
                raise LastWayToSignIn
            tx.contacts.remove(contact.id)
            if contact.verified_at is not None or of_profile:
                # Codes may lie in the mailbox that is the account's no longer.
                tx.challenges.end_all(user.id)
            if of_profile:
                tx.users.replace(replace(user, email_verified_at=None))
            tx.events.append(Event.of(EventName.CONTACT_REMOVED, session, now))


def _own(tx: Transaction, actor: Actor, contact_id: str) -> Contact:
    for contact in tx.contacts.of_user(actor.user_id):
        if contact.id == contact_id:
            return contact
    raise NotFound


def _target(tx: Transaction, actor: Actor, contact_id: str) -> Target | None:
    """Return the address or number of a contact, before anything is held."""
    for contact in tx.contacts.of_user(actor.user_id):
        if contact.id == contact_id:
            return contact.target
    return None
