"""Two accounts that sit on each other's address verify at once, and neither loses for the other."""

from functools import partial
from threading import Barrier

from tests.conformance.rows import together

from tigertally.core.contacts import Contact, email_target
from tigertally.core.identifiers import new_id
from tigertally.core.users import User
from tigertally.errors import StoreUnavailable
from tigertally.flows.steps.reach import clear_target, hold_for_target
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START, sample_user

ROUNDS = 10


def test_two_that_have_each_others_address_as_user_name_verify_at_once(store: SqlStore) -> None:
    for number in range(ROUNDS):
        mei, bo = f"mei{number}@example.com", f"bo{number}@example.com"
        assert verified_at_once(store, {mei: sample_user(bo), bo: sample_user(mei)}) == [True, True]


def verified_at_once(store: SqlStore, wanted: dict[str, User]) -> list[bool]:
    """Let each verify its address, as its journey does; tell who has it."""
    contacts = {
        address: Contact(id=new_id(), user_id=user.id, target=email_target(address), added_at=START)
        for address, user in wanted.items()
    }
    with store.writing() as tx:
        for address, user in wanted.items():
            tx.users.add(user)
            tx.contacts.add(contacts[address])
    start = Barrier(len(wanted))

    def verify(address: str, user: User) -> None:
        start.wait()
        try:
            with store.writing() as tx:
                hold_for_target(tx, contacts[address].target, user.id)
                clear_target(tx, contacts[address].target, user.id, START)
                tx.contacts.verify(contacts[address].id, START)
        except StoreUnavailable:
            # Undone by the database: the address is nobody's then.
            return

    together([partial(verify, address, user) for address, user in wanted.items()])
    with store.reading() as tx:
        owners = [tx.users.find(address) for address in wanted]
    return [
        owner is not None and owner.id == user.id
        for owner, user in zip(owners, wanted.values(), strict=True)
    ]
