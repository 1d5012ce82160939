"""Make an address or number an account's own, once it is proved that it is."""

from dataclasses import replace
from datetime import datetime

from tigertally.core.contacts import CONTACTS_MAX, Contact, ContactKind, Target
from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Session
from tigertally.core.users import User, name_key
from tigertally.errors import EmailTaken, InvalidRequest, TallyError
from tigertally.flows.steps.reach import clear_target


def own_contact(tx: Transaction, user: User, contact: Contact, now: datetime) -> bool:
    """Verify a contact. Tell whether it is; not if another account has verified it.

    An address verifies that of the profile, or becomes it if there is none. Call this after
    :func:`tigertally.flows.steps.reach.hold_for_target`.
    """
    is_address = contact.target.kind is ContactKind.EMAIL
    clear_target(tx, contact.target, user.id, now)
    if not tx.contacts.verify(contact.id, now):
        return False
    if is_address and (user.email is None or is_of_profile(user, contact)):
        tx.users.replace(replace(user, email=contact.target.value, email_verified_at=now))
    return True


def is_of_profile(user: User, contact: Contact) -> bool:
    """Tell whether a contact is the address of the profile."""
    return contact.target.kind is ContactKind.EMAIL and name_key(user.email or "") == name_key(
        contact.target.value
    )


def add_contact(tx: Transaction, session: Session, target: Target, now: datetime) -> Contact:
    """Return the contact, new or known. Raises InvalidRequest if there are too many."""
    known = tx.contacts.of_user(session.user_id)
    same = next((one for one in known if one.target.key == target.key), None)
    if same is not None:
        return same
    if len(known) >= CONTACTS_MAX:
        raise InvalidRequest.at(target.kind.value, "contacts_full", limit=CONTACTS_MAX)
    contact = Contact(id=new_id(), user_id=session.user_id, target=target, added_at=now)
    tx.contacts.add(contact)
    tx.events.append(Event.of(EventName.CONTACT_ADDED, session, now))
    return contact


def contact_taken(target: Target) -> TallyError:
    """Return the refusal of what another account has verified."""
    if target.kind is ContactKind.EMAIL:
        return EmailTaken()
    return InvalidRequest.at(target.kind.value, "taken")
