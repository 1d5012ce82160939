"""Verify a phone number by a provider's word for it, without an SMS."""

from dataclasses import dataclass, replace

from tigertally.core.contacts import Contact, phone_target
from tigertally.core.events import Event, EventName
from tigertally.flows.context import Actor, Context, Outside, hold_actor
from tigertally.flows.read_phone_number import ReadPhoneNumber
from tigertally.flows.steps.exchange_code import PresentedCode
from tigertally.flows.steps.own_contact import add_contact, contact_taken, own_contact
from tigertally.flows.steps.reach import hold_for_target


@dataclass(frozen=True, slots=True)
class VerifyPhoneNumber:
    """Makes the number of a phone button a verified contact of the actor's account."""

    context: Context
    outside: Outside

    def __call__(self, actor: Actor, presented: PresentedCode) -> Contact:
        """Return the contact. It counts as much as one that was verified by SMS.

        Raises as :class:`ReadPhoneNumber`, and InvalidRequest (``phone``) if another account has
        verified the number, or if this one has too many contacts.
        """
        number = ReadPhoneNumber(self.context, self.outside)(actor, presented)
        # Whatever region it is of: nothing is sent there.
        target = phone_target(f"+{number.country_code}{number.number}", regions=["+"])
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            hold_for_target(tx, target, actor.user_id)
            user, session = hold_actor(tx, actor, now)
            contact = add_contact(tx, session, target, now)
            if not own_contact(tx, user, contact, now):
                raise contact_taken(target)
            tx.events.append(Event.of(EventName.CONTACT_VERIFIED, session, now))
        return replace(contact, verified_at=now)
