"""What every store of identities promises, on every engine, and its migration with data in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from tigertally.core.identifiers import new_id
from tigertally.core.identities import Held, Identity, Mine, Opened, ProviderIdentity, Pseudonym
from tigertally.core.ports.identities import StoredAppToken
from tigertally.core.users import User
from tigertally.errors import IdentityTaken
from tigertally.storage.sql.schema import VERSION_TABLE, downgrade_schema, upgrade_schema
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import metadata
from tigertally.testing.samples import sample_user

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
LATER: Final = NOW + timedelta(minutes=1)
HELD: Final = NOW + timedelta(seconds=12)
ADA: Final = ProviderIdentity("wechat-mini", "wx1", Pseudonym("oAda"), Pseudonym("uAda"))


@pytest.fixture
def user(store: SqlStore) -> User:
    """Somebody without a password."""
    somebody = replace(sample_user(), id=new_id(), password_hash=None)
    with store.writing() as tx:
        tx.users.add(somebody)
    return somebody


def linked(user: User, who: ProviderIdentity = ADA) -> Identity:
    """Return an identity of a user."""
    return Identity(id=new_id(), user_id=user.id, who=who, linked_at=NOW)


def claim(store: SqlStore, holder: str, now: datetime = NOW) -> object:
    """Claim the code `c`."""
    with store.writing() as tx:
        return tx.sign_in_codes.claim("c", holder, now, held_until=HELD, until=LATER)


def test_a_linked_identity_is_read_as_it_was_written(store: SqlStore, user: User) -> None:
    identity = linked(user)
    with store.writing() as tx:
        tx.identities.add(identity)
    with store.reading() as tx:
        assert tx.identities.find(ADA) == identity
        assert tx.identities.of_user(user.id) == [identity]
        assert tx.identities.find(replace(ADA, app_id="wx2")) is None
        assert tx.identities.find(replace(ADA, provider="wechat-web")) is None


def test_provider_names_are_case_sensitive(store: SqlStore, user: User) -> None:
    """Openids do, and a collation that does not would give one person another's account."""
    other = replace(ADA, subject=Pseudonym("oADA"), union=Pseudonym("uADA"))
    with store.writing() as tx:
        tx.identities.add(linked(user))
        assert tx.identities.find(other) is None
        assert tx.identities.kin(other) is None
        tx.identities.add(linked(user, other))


def test_linking_twice_is_refused_and_the_transaction_goes_on(store: SqlStore, user: User) -> None:
    with store.writing() as tx:
        tx.identities.add(linked(user))
        with pytest.raises(IdentityTaken):
            tx.identities.add(linked(user))
        tx.identities.add(linked(user, replace(ADA, app_id="wx2")))
    with store.reading() as tx:
        assert len(tx.identities.of_user(user.id)) == 2


def test_related_identities_are_of_the_same_platform(store: SqlStore, user: User) -> None:
    with store.writing() as tx:
        tx.identities.add(linked(user))
        web = ProviderIdentity("wechat-web", "wx9", Pseudonym("oElse"), ADA.union)
        found = tx.identities.kin(web)
        assert found is not None
        assert found.user_id == user.id
        assert tx.identities.kin(replace(web, provider="douyin-mini")) is None
        assert tx.identities.kin(replace(web, union=None)) is None


def test_a_claimed_code_has_one_holder_until_its_time_is_over(store: SqlStore) -> None:
    assert claim(store, "one") == Mine(None)
    assert claim(store, "two") == Held()
    assert claim(store, "two", HELD) == Mine(None)
    with store.writing() as tx:
        assert tx.sign_in_codes.finish("c", "one", Opened("s", True, ["a", "b"])) is False
        assert tx.sign_in_codes.finish("c", "two", Opened("s", True, ["a", "b"])) is True
    assert claim(store, "three") == Opened("s", True, ["a", "b"])
    assert claim(store, "three", LATER) == Mine(None)


def test_a_stored_answer_is_given_to_the_next_caller(store: SqlStore) -> None:
    claim(store, "one")
    with store.writing() as tx:
        tx.sign_in_codes.remember("c", "one", ADA, NOW)
    assert claim(store, "two") == Mine(ADA)


def test_one_of_many_simultaneous_claims_wins(store: SqlStore) -> None:
    together, found = Barrier(8), []

    def run(number: int) -> None:
        together.wait()
        found.append(claim(store, f"holder {number}"))

    threads = [Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(repr, found)) == ["Held()"] * 7 + ["Mine(who=None)"]


def test_a_token_is_fetched_by_one_and_read_by_all(store: SqlStore) -> None:
    token = StoredAppToken(b"\x00\xffsealed", LATER)
    with store.writing() as tx:
        assert tx.app_tokens.get("wx1") is None
        assert tx.app_tokens.claim("wx1", "one", NOW, held_until=HELD) is True
        assert tx.app_tokens.claim("wx1", "two", NOW, held_until=HELD) is False
        tx.app_tokens.put("wx1", "two", StoredAppToken(b"no", LATER))
        assert tx.app_tokens.get("wx1") is None
        tx.app_tokens.put("wx1", "one", token)
        assert tx.app_tokens.get("wx1") == token
        assert tx.app_tokens.claim("wx1", "two", NOW, held_until=HELD) is True


def _tables(store: SqlStore) -> set[str]:
    return set(inspect(store.engine).get_table_names())


@pytest.fixture
def filled(store: SqlStore, user: User) -> SqlStore:
    """A store with a row in each of the three tables."""
    with store.writing() as tx:
        tx.identities.add(linked(user))
        tx.sign_in_codes.claim("c", "one", NOW, held_until=HELD, until=LATER)
        tx.sign_in_codes.finish("c", "one", Opened(new_id(), True, []))
        tx.app_tokens.claim("wx1", "one", NOW, held_until=HELD)
        tx.app_tokens.put("wx1", "one", StoredAppToken(b"sealed", LATER))
    return store


def test_the_schema_goes_down_and_up_with_data_in_it_and_users_stay(
    filled: SqlStore, user: User
) -> None:
    downgrade_schema(filled.engine, filled.dialect, "0002")
    gone = {"tally_identities", "tally_sign_in_codes", "tally_app_tokens"}
    assert not gone & _tables(filled)
    upgrade_schema(filled.engine, filled.dialect)
    with filled.writing() as tx:
        assert tx.users.get(user.id) == user
        assert tx.identities.of_user(user.id) == []
        tx.identities.add(linked(user))
    with filled.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        ours = [
            difference
            for difference in compare_metadata(context, metadata)
            if any(name in repr(difference) for name in gone)
        ]
    assert ours == []
