"""An address is a login name once it is verified, and one account's; before that it is neither."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import update
from tests.conformance.rows import together

from tigertally.core.contacts import Contact, email_target, phone_target
from tigertally.core.events import EventName
from tigertally.core.identifiers import new_id
from tigertally.core.users import User
from tigertally.errors import EmailTaken, UsernameTaken
from tigertally.flows.steps.reach import clear_target
from tigertally.storage.sql.schema import downgrade_schema, upgrade_schema
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import contacts
from tigertally.testing.samples import START, sample_user

ADDRESS = "mei@example.com"


def added(store: SqlStore, *accounts: User) -> None:
    with store.writing() as tx:
        for user in accounts:
            tx.users.add(user)


def contact_of(store: SqlStore, user: User, address: str = ADDRESS) -> Contact:
    """Return an unverified contact of an account."""
    target = email_target(address) if "@" in address else phone_target(address, regions=["+"])
    contact = Contact(id=new_id(), user_id=user.id, target=target, added_at=START)
    with store.writing() as tx:
        tx.contacts.add(contact)
    return contact


def owner(store: SqlStore, name: str = ADDRESS) -> str | None:
    with store.reading() as tx:
        found = tx.users.find(name)
    return found.id if found else None


def events_of(store: SqlStore, user: User) -> list[EventName]:
    with store.reading() as tx:
        return [one.name for one in tx.events.page(user.id, before=None, limit=10).events]


def verify(store: SqlStore, contact: Contact) -> bool:
    """Verify a contact as its journey does."""
    with store.writing() as tx:
        clear_target(tx, contact.target, contact.user_id, START)
        return tx.contacts.verify(contact.id, START)


def test_any_number_of_accounts_has_the_same_unverified_address_and_it_finds_none(
    store: SqlStore,
) -> None:
    everybody = [sample_user(f"user {number}", email=ADDRESS) for number in range(3)]
    added(store, *everybody)
    with store.writing() as tx:
        for user in everybody:
            tx.users.replace(replace(user, display_name="Mei"))
    assert owner(store) is None


def test_a_verified_contact_is_a_login_name_until_it_is_removed(store: SqlStore) -> None:
    mei, bo = sample_user("mei"), sample_user("bo", email=ADDRESS)
    added(store, mei, bo)
    first, second = contact_of(store, mei), contact_of(store, mei, "second@example.com")
    assert verify(store, first)
    assert verify(store, second)
    with store.writing() as tx:
        # What has nothing to do with names leaves them alone.
        tx.users.replace(replace(mei, display_name="Mei"))
    assert [owner(store, name) for name in (ADDRESS, "second@example.com")] == [mei.id] * 2
    assert not verify(store, contact_of(store, bo))
    with store.writing() as tx:
        tx.contacts.remove(first.id)
    assert owner(store) is None
    assert owner(store, "second@example.com") == mei.id
    assert verify(store, contact_of(store, bo))
    assert owner(store) == bo.id


def test_a_user_name_stays_when_the_same_address_is_given_up(store: SqlStore) -> None:
    mei = sample_user(ADDRESS)
    added(store, mei)
    contact = contact_of(store, mei)
    assert verify(store, contact)
    with store.writing() as tx:
        tx.contacts.remove(contact.id)
    assert owner(store) == mei.id
    # It is unverified again, and goes to whoever verifies it.
    bo = sample_user("bo")
    added(store, bo)
    assert verify(store, contact_of(store, bo))
    assert owner(store) == bo.id


def test_who_sits_on_an_address_as_user_name_gets_another_name(store: SqlStore) -> None:
    """And can go on with it; the history says so."""
    squatter, mei = sample_user(ADDRESS.upper()), sample_user("mei")
    added(store, squatter, mei)
    assert owner(store) == squatter.id
    assert verify(store, contact_of(store, mei))
    assert owner(store) == mei.id
    with store.reading() as tx:
        renamed = tx.users.get(squatter.id)
    assert renamed is not None
    assert renamed.username.startswith("user-")
    assert owner(store, renamed.username) == squatter.id
    assert events_of(store, squatter) == [EventName.NAME_LOST]
    with store.writing() as tx:
        tx.users.replace(replace(renamed, display_name="No Mei"))
    assert [owner(store), owner(store, renamed.username)] == [mei.id, squatter.id]


def test_a_deleted_account_gives_up_its_address_when_its_cool_off_is_over(
    store: SqlStore, lina: User
) -> None:
    """And not only at the next clean-up."""
    bo = sample_user("bo")
    added(store, bo)
    contact = contact_of(store, bo, "lina@example.com")
    soon = START + timedelta(seconds=1)
    with store.writing() as tx:
        tx.users.replace(replace(lina, deleted_at=START, purge_at=soon))
    assert not verify(store, contact)
    with store.writing() as tx:
        tx.users.replace(replace(lina, deleted_at=START, purge_at=START))
    assert verify(store, contact)
    assert owner(store, "lina@example.com") == bo.id


def test_a_verified_address_is_taken_from_nobody(store: SqlStore, lina: User) -> None:
    bo = sample_user("bo", email=lina.email)
    added(store, bo)
    assert not verify(store, contact_of(store, bo, "LINA@example.com"))
    with store.writing() as tx:
        clear_target(tx, email_target("lina@example.com"), bo.id, START)
    with pytest.raises(EmailTaken), store.writing() as tx:
        tx.users.replace(replace(bo, email_verified_at=START))
    assert owner(store, "lina@example.com") == lina.id
    assert events_of(store, lina) == []


def test_of_ten_that_verify_an_address_at_once_one_gets_it(store: SqlStore) -> None:
    """By codes and by the operator, while somebody has it as a user name."""
    people = [sample_user(f"user {number}", email=ADDRESS) for number in range(10)]
    squatter = sample_user(ADDRESS)
    added(store, squatter, *people)
    contacts = [contact_of(store, user) for user in people[:5]]
    start, outcomes = Barrier(10), list[str]()

    def by_code(contact: Contact) -> None:
        start.wait()
        outcomes.append("mine" if verify(store, contact) else "taken")

    def by_operator(user: User) -> None:
        start.wait()
        try:
            with store.writing() as tx:
                tx.users.hold(user.id)
                clear_target(tx, email_target(ADDRESS), user.id, START)
                tx.users.replace(replace(user, email_verified_at=START))
        except EmailTaken:
            outcomes.append("taken")
        else:
            outcomes.append("mine")

    jobs: list[Callable[[], None]] = [partial(by_code, contact) for contact in contacts]
    together(jobs + [partial(by_operator, user) for user in people[5:]])
    assert Counter(outcomes) == {"mine": 1, "taken": 9}
    with store.reading() as tx:
        whole = [tx.users.get(user.id) for user in people]
        verified = [user.id for user in whole if user is not None and user.email_verified]
        verified += [
            one.user_id
            for one in contacts
            if tx.contacts.find(one.target) == replace(one, verified_at=START)
        ]
    assert verified == [owner(store)]
    assert events_of(store, squatter) == [EventName.NAME_LOST]


def test_a_verified_number_is_a_login_name_in_both_its_forms(store: SqlStore) -> None:
    mei, bo = sample_user("mei"), sample_user("bo")
    added(store, mei, bo)
    home, abroad = contact_of(store, mei, "13800138000"), contact_of(store, mei, "+85291234567")
    assert owner(store, "13800138000") is None
    assert verify(store, home)
    assert verify(store, abroad)
    assert owner(store, "13800138000") == owner(store, "+8613800138000") == mei.id
    assert owner(store, "+85291234567") == mei.id
    # Without its calling code it is a number of somewhere else.
    assert owner(store, "91234567") is None
    with store.writing() as tx:
        tx.contacts.remove(home.id)
    assert owner(store, "13800138000") is owner(store, "+8613800138000") is None
    assert owner(store, "+85291234567") == mei.id


@pytest.mark.parametrize("name", ["13800138000", "+8613800138000"])
def test_a_number_goes_to_who_verifies_it_although_it_is_a_user_name(
    store: SqlStore, name: str
) -> None:
    squatter, mei = sample_user(name), sample_user("mei")
    added(store, squatter, mei)
    assert verify(store, contact_of(store, mei, name))
    assert owner(store, name) == mei.id
    assert events_of(store, squatter) == [EventName.NAME_LOST]
    with pytest.raises(UsernameTaken):
        added(store, sample_user(name))


def test_somebodys_own_number_may_be_their_user_name(store: SqlStore) -> None:
    mei = sample_user("13800138000")
    added(store, mei)
    contact = contact_of(store, mei, "13800138000")
    assert verify(store, contact)
    with store.writing() as tx:
        tx.users.replace(replace(mei, username="mei"))
    assert owner(store, "13800138000") == mei.id
    with store.writing() as tx:
        tx.users.replace(mei)
        tx.contacts.remove(contact.id)
    assert owner(store, "13800138000") == mei.id
    assert owner(store, "+8613800138000") is None


def test_numbers_that_were_verified_before_sign_in_after_an_upgrade(store: SqlStore) -> None:
    """A user name that is another's number stays, and keeps nobody from changing a profile."""
    mei, bo, named = sample_user("mei"), sample_user("bo"), sample_user("13900139000")
    both = sample_user("13700137000")
    added(store, mei, bo, named, both)
    wanted = {mei: "13800138000", bo: "13900139000", both: "13700137000"}
    held = [contact_of(store, user, number) for user, number in wanted.items()]
    downgrade_schema(store.engine, store.dialect, "0014")
    with store.engine.begin() as connection:
        for contact in held:
            connection.execute(
                update(contacts)
                .where(contacts.c.id == contact.id)
                .values(verified_key=contact.target.key, verified_at=START)
            )
    for _ in range(2):
        upgrade_schema(store.engine, store.dialect)
        assert owner(store, "13800138000") == owner(store, "+8613800138000") == mei.id
        assert owner(store, "13900139000") == named.id
        assert owner(store, "+8613900139000") == bo.id
        assert owner(store, "13700137000") == both.id
        with store.writing() as tx:
            for user in (mei, bo, named, both):
                tx.users.replace(replace(user, display_name="Same"))
        assert owner(store, "13900139000") == named.id
        downgrade_schema(store.engine, store.dialect, "0014")
        assert owner(store, "+8613800138000") is owner(store, "+8613900139000") is None
        assert owner(store, "13700137000") == both.id
    upgrade_schema(store.engine, store.dialect)
