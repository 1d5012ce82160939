"""Contacts that two change at the same moment, on the servers that let two write."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.databases import stores_over

from tigertally.core.contacts import Contact, email_target
from tigertally.core.identifiers import new_id
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.samples import sample_user


@pytest.fixture
def open_store(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> Iterator[Callable[[], SqlStore]]:
    """Open one database again and again."""
    with stores_over(database_url, tmp_path, clock) as opened:
        yield opened


@pytest.mark.parametrize("database_url", ["postgres", "mariadb"], indirect=True)
def test_a_contact_that_is_removed_at_the_same_moment_is_not_verified(
    open_store: Callable[[], SqlStore], clock: MovableClock
) -> None:
    ours, other = open_store(), open_store()
    user = sample_user("Lina")
    contact = Contact(
        id=new_id(), user_id=user.id, target=email_target("l@example.com"), added_at=clock.now()
    )
    with ours.writing() as tx:
        tx.users.add(user)
        tx.contacts.add(contact)

    @event.listens_for(ours.engine, "before_cursor_execute")
    def remove_it(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE tally_contacts"):
            with other.writing() as tx:
                tx.contacts.remove(contact.id)

    with ours.writing() as tx:
        assert tx.contacts.verify(contact.id, clock.now()) is False
    with ours.reading() as tx:
        assert tx.contacts.of_user(user.id) == []


def test_a_contact_can_be_verified_again(
    open_store: Callable[[], SqlStore], clock: MovableClock
) -> None:
    """An UPDATE that changes nothing has found its row all the same."""
    store, user = open_store(), sample_user("Lina")
    contact = Contact(
        id=new_id(), user_id=user.id, target=email_target("l@example.com"), added_at=clock.now()
    )
    with store.writing() as tx:
        tx.users.add(user)
        tx.contacts.add(contact)
        assert tx.contacts.verify(contact.id, clock.now()) is True
        assert tx.contacts.verify(contact.id, clock.now()) is True
