"""Make an address or number an account's own, once a code proved that it is."""

from dataclasses import replace
from datetime import datetime

from tigertally.core.contacts import Contact, ContactKind
from tigertally.core.ports.store import Transaction
from tigertally.core.users import User, name_key
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
