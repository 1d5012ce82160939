"""One space of names for all that people sign in with; pages; and what is left of the deleted."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from tests.conformance.rows import together

from tigertally.core.identifiers import new_id
from tigertally.core.users import User
from tigertally.errors import EmailTaken, UsernameTaken
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START, sample_user


@pytest.mark.parametrize("login", ["Lina", "LINA", "ｌｉｎａ", " lina ", "LINA@EXAMPLE.COM"])
def test_an_account_is_found_by_name_and_address_without_regard_to_case(
    store: SqlStore, lina: User, login: str
) -> None:
    with store.reading() as tx:
        assert tx.users.find(login) == lina


@pytest.mark.parametrize("login", ["", "lin", "lina@example", "%", "l_na", "x" * 5000])
def test_nobody_is_found_by_what_is_nobodys_name(store: SqlStore, lina: User, login: str) -> None:
    with store.reading() as tx:
        assert tx.users.find(login) is None


@pytest.mark.parametrize(
    ("username", "email", "error"),
    [
        ("LINA", None, UsernameTaken),
        ("ｌｉｎａ", None, UsernameTaken),
        ("lina@example.com", None, UsernameTaken),
        ("bo", "Lina@Example.com", EmailTaken),
        ("lina", "lina@example.com", UsernameTaken),
    ],
)
def test_what_one_signs_in_with_is_never_anothers_in_either_column(
    store: SqlStore, lina: User, username: str, email: str | None, error: type[Exception]
) -> None:
    """A user name may look like an address: else one could sit on another's."""
    with pytest.raises(error), store.writing() as tx:
        tx.users.add(sample_user(username, email=email))
    bo = sample_user("someone else")
    with store.writing() as tx:
        tx.users.add(bo)
    changed = replace(bo, username=username, email=email, email_verified_at=START)
    with pytest.raises(error), store.writing() as tx:
        tx.users.replace(changed)
    with store.reading() as tx:
        assert tx.users.find("someone else") == bo
        assert tx.users.find("lina@example.com") == lina


def test_ones_name_may_be_ones_own_address(store: SqlStore) -> None:
    bo = sample_user("bo@example.com", email="BO@example.com")
    with store.writing() as tx:
        tx.users.add(bo)
        tx.users.replace(bo)
        assert tx.users.find("bo@EXAMPLE.com") == bo


def test_a_name_that_was_given_up_is_free_together(store: SqlStore, lina: User) -> None:
    with store.writing() as tx:
        tx.users.replace(replace(lina, email="new@example.com"))
        tx.users.add(sample_user("bo", email="lina@example.com"))
        assert tx.users.find("new@example.com") == replace(lina, email="new@example.com")


def test_addresses_that_are_not_verified_are_nobodys_name_and_may_be_many_peoples(
    store: SqlStore, lina: User
) -> None:
    """Anybody can type another's address: it must neither sign them in nor keep its owner out."""
    squatters = [
        sample_user(f"squatter {number}", email="Bo@example.com", email_verified=False)
        for number in range(3)
    ]
    with store.writing() as tx:
        tx.users.add(squatters[0])
        tx.users.add_all(squatters[1:])
        tx.users.add(sample_user("typo", email="lina@example.com", email_verified=False))
        assert tx.users.find("bo@example.com") is None
        assert tx.users.owners(["bo@example.com"]) == {}
        assert tx.users.find("lina@example.com") == lina
        bo = sample_user("bo", email="bo@example.com")
        tx.users.add(bo)
        assert tx.users.find("bo@example.com") == bo
    late = replace(squatters[1], email_verified_at=START)
    with pytest.raises(EmailTaken), store.writing() as tx:
        tx.users.replace(late)
    with store.writing() as tx:
        tx.users.replace(bo.with_email(None))
        tx.users.replace(late)
        assert tx.users.find("bo@example.com") == late


def test_of_ten_that_verify_an_address_at_once_one_gets_it(store: SqlStore) -> None:
    people = [
        sample_user(f"user {number}", email="bo@example.com", email_verified=False)
        for number in range(10)
    ]
    with store.writing() as tx:
        tx.users.add_all(people)
    start, outcomes = Barrier(10), list[str]()

    def verify(user: User) -> None:
        start.wait()
        try:
            with store.writing() as tx:
                tx.users.hold(user.id)
                tx.users.replace(replace(user, email_verified_at=START))
        except EmailTaken:
            outcomes.append("taken")
        else:
            outcomes.append("mine")

    together([partial(verify, user) for user in people])
    assert sorted(outcomes) == ["mine"] + ["taken"] * 9


def test_of_ten_that_take_a_name_at_once_one_gets_it(store: SqlStore) -> None:
    start, outcomes = Barrier(10), list[str]()

    def take() -> None:
        start.wait()
        try:
            with store.writing() as tx:
                tx.users.add(sample_user("lina"))
        except UsernameTaken:
            outcomes.append("taken")
        else:
            outcomes.append("mine")

    together([take] * 10)
    assert sorted(outcomes) == ["mine"] + ["taken"] * 9


def test_a_hash_is_exchanged_for_the_one_that_was_expected_only(
    store: SqlStore, lina: User
) -> None:
    with store.writing() as tx:
        assert not tx.users.set_password_hash(lina.id, "one", expected="none at all")
        assert tx.users.set_password_hash(lina.id, "one", expected=None)
        assert not tx.users.set_password_hash(lina.id, "two", expected=None)
        tx.users.replace(replace(lina, password_hash="not written by this"))
        assert tx.users.set_password_hash(lina.id, "two", expected="one")
        assert not tx.users.set_password_hash(new_id(), "two", expected=None)


def test_accounts_come_page_by_page_each_once(store: SqlStore) -> None:
    everybody = [sample_user(f"user {number}") for number in range(7)]
    with store.writing() as tx:
        tx.users.add_all(everybody)
    seen: list[str] = []
    with store.reading() as tx:
        while page := tx.users.page(after=seen[-1] if seen else None, limit=3):
            assert len(page) <= 3
            seen += [user.id for user in page]
    assert seen == sorted(user.id for user in everybody)


def test_a_deleted_account_is_scrubbed_when_its_time_is_over_and_only_then(
    store: SqlStore, lina: User
) -> None:
    """Its id stays for the log; its names are free; nothing else of the person is left."""
    purge_at = START + timedelta(days=14)
    gone = replace(lina, display_name="Lina L.", deleted_at=START, purge_at=purge_at)
    with store.writing() as tx:
        tx.users.replace(gone)
        tx.users.set_password_hash(lina.id, "a hash", expected=None)
        assert tx.users.purge(purge_at - timedelta(microseconds=1), 10) == []
        assert tx.users.find("lina") == replace(gone, password_hash="a hash")
        assert tx.users.purge(purge_at, 10) == [lina.id]
        assert tx.users.purge(purge_at, 10) == []
        assert tx.users.find("lina") is tx.users.find("lina@example.com") is None
        scrubbed = tx.users.get(lina.id)
        tx.users.add(sample_user("lina", email="lina@example.com"))
    assert scrubbed is not None
    assert (scrubbed.username, scrubbed.email, scrubbed.display_name) == ("", None, None)
    assert scrubbed.email_verified_at is None
    assert scrubbed.password_hash is None
