"""One space of names for all that people sign in with; pages; and what is left of the deleted."""

from dataclasses import replace
from datetime import timedelta
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
def test_an_unknown_name_finds_nobody(store: SqlStore, lina: User, login: str) -> None:
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
def test_a_login_name_belongs_to_one_account_in_either_column(
    store: SqlStore, lina: User, username: str, email: str | None, error: type[Exception]
) -> None:
    """A user name may look like an address: else one could sit on another's."""
    other = replace(sample_user(username, email=email), email_verified_at=START)
    with pytest.raises(error), store.writing() as tx:
        tx.users.add(other)
    bo = replace(sample_user("someone else"), email_verified_at=START)
    with store.writing() as tx:
        tx.users.add(bo)
    with pytest.raises(error), store.writing() as tx:
        tx.users.replace(replace(bo, username=username, email=email))
    with store.reading() as tx:
        assert tx.users.find("someone else") == bo
        assert tx.users.find("lina@example.com") == lina


def test_a_user_name_may_be_the_users_own_address(store: SqlStore) -> None:
    bo = sample_user("bo@example.com", email="BO@example.com")
    with store.writing() as tx:
        tx.users.add(bo)
        for verified_at in (START, None, START):
            bo = replace(bo, email_verified_at=verified_at)
            tx.users.replace(bo)
            assert tx.users.find("bo@EXAMPLE.com") == bo


def test_a_released_name_is_free_in_both_columns(store: SqlStore, lina: User) -> None:
    with store.writing() as tx:
        tx.users.replace(replace(lina, email="new@example.com"))
        bo = replace(sample_user("bo", email="lina@example.com"), email_verified_at=START)
        tx.users.add(bo)
        assert tx.users.find("new@example.com") == replace(lina, email="new@example.com")
        assert tx.users.find("lina@example.com") == bo


def test_one_of_ten_simultaneous_claims_on_a_name_wins(store: SqlStore) -> None:
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


def test_a_hash_is_replaced_only_if_it_is_the_expected_one(store: SqlStore, lina: User) -> None:
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


def test_a_deleted_account_is_purged_exactly_at_its_time(store: SqlStore, lina: User) -> None:
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
