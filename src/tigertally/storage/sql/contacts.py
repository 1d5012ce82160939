"""Addresses and numbers of accounts in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.core.contacts import Contact, ContactKind, Target
from tigertally.errors import EmailTaken
from tigertally.storage.sql.login_names import LoginNames
from tigertally.storage.sql.search_words import SearchWords
from tigertally.storage.sql.tables import contacts


class SqlContacts:
    """Implements :class:`tigertally.core.ports.challenges.Contacts` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = LoginNames(connection)
        self._words = SearchWords(connection)

    def add(self, contact: Contact) -> None:
        """Add an unverified contact."""
        self._connection.execute(
            insert(contacts).values(
                id=contact.id,
                user_id=contact.user_id,
                kind=contact.target.kind.value,
                value=contact.target.value,
                added_at=contact.added_at,
            )
        )
        self._words.settle(contact.user_id)

    def find(self, target: Target) -> Contact | None:
        """Return the verified contact with this address or number."""
        query = select(contacts).where(contacts.c.verified_key == target.key)
        row = self._connection.execute(query).mappings().one_or_none()
        return _contact(row) if row else None

    def of_user(self, user_id: str) -> Sequence[Contact]:
        """Return the contacts of an account."""
        query = (
            select(contacts)
            .where(contacts.c.user_id == user_id)
            .order_by(contacts.c.added_at, contacts.c.id)
        )
        return [_contact(row) for row in self._connection.execute(query).mappings()]

    def verify(self, contact_id: str, now: datetime) -> bool:
        """Mark a contact as verified, unless another account verified it."""
        here = contacts.c.id == contact_id
        row = self._connection.execute(select(contacts).where(here)).mappings().one_or_none()
        if row is None:
            return False
        verified = update(contacts).where(here)
        try:
            # Both or neither: an address that is verified is a login name.
            with self._connection.begin_nested():
                done = self._connection.execute(
                    verified.values(verified_key=_contact(row).target.key, verified_at=now)
                )
                self._names.settle(row["user_id"])
        except (IntegrityError, EmailTaken):
            return False
        # None if it was removed since it was read.
        return done.rowcount == 1

    def remove(self, contact_id: str) -> None:
        """Delete a contact."""
        here = contacts.c.id == contact_id
        owner = self._connection.scalar(select(contacts.c.user_id).where(here))
        self._connection.execute(delete(contacts).where(here))
        if owner is not None:
            self._names.settle(owner)
            self._words.settle(owner)


def _contact(row: RowMapping) -> Contact:
    return Contact(
        id=row["id"],
        user_id=row["user_id"],
        target=Target(ContactKind(row["kind"]), row["value"]),
        added_at=row["added_at"],
        verified_at=row["verified_at"],
    )
