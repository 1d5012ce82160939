"""Roles and who has them, on each engine; and the administrator who always stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert, select, text
from tests.conformance.rows import together
from tests.waiting import PATIENCE

from tigertally.core.identifiers import new_id
from tigertally.core.ports.store import Transaction
from tigertally.core.revocation import Kind, Revocation
from tigertally.core.roles import ADMIN, Grant, Role
from tigertally.core.users import User
from tigertally.errors import LastAdministrator
from tigertally.flows.expired_roles import without_expired_roles
from tigertally.flows.steps.administration import keeping_an_administrator
from tigertally.storage.sql.feed import read_feed
from tigertally.storage.sql.schema import downgrade_schema, upgrade_schema
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import users
from tigertally.testing.samples import START, sample_user

READS = {
    "tally:event:list",
    "tally:role:list",
    "tally:service:list",
    "tally:session:list",
    "tally:settings:read",
    "tally:stats:read",
    "tally:user:list",
}
ACTS = {
    "tally:session:end",
    "tally:user:disable",
    "tally:user:roles",
    "tally:user:sign_out",
    "tally:user:unlock",
}


def editor(*permissions: str) -> Role:
    return Role(id=new_id(), key="editor", name="编辑", permissions=permissions)


def feed(store: SqlStore) -> list[Revocation]:
    with store.connection(writing=False) as connection:
        return read_feed(connection, 0, START)[1]


def give(store: SqlStore, user: User, *roles: str, until: datetime | None = None) -> None:
    with store.writing() as tx:
        tx.roles.hold()
        tx.users.hold(user.id)
        grants = [Grant(role=one, granted_at=START, expires_at=until) for one in roles]
        tx.roles.set_grants(user.id, grants, START)


def account(store: SqlStore, name: str, *roles: str) -> User:
    user = sample_user(name)
    with store.writing() as tx:
        tx.users.add(user)
    give(store, user, *roles)
    return present(store, user)


def present(store: SqlStore, user: User) -> User:
    with store.reading() as tx:
        found = tx.users.get(user.id)
    assert found is not None
    return found


def test_every_installation_has_three_roles(store: SqlStore) -> None:
    with store.reading() as tx:
        found = {role.key: role for role in tx.roles.all()}
    assert {key: set(role.permissions) for key, role in found.items()} == {
        "admin": {"*"},
        "auditor": READS,
        "security": READS | ACTS,
    }
    assert all(role.builtin for role in found.values())
    assert [role.key for role in found.values() if role.gives_everything] == ["admin"]


def test_a_role_is_kept_changed_and_removed_and_every_process_hears_of_it(store: SqlStore) -> None:
    role = editor("news:edit", "news:read")
    with store.writing() as tx:
        tx.roles.put(role, START)
    with store.reading() as tx:
        assert tx.roles.find("editor") == role
    changed = replace(role, name="Editors", permissions=("news:*",))
    with store.writing() as tx:
        tx.roles.put(changed, START)
        # The very same once more: an UPDATE that changes nothing.
        tx.roles.put(changed, START)
    with store.reading() as tx:
        assert tx.roles.find("editor") == changed
    with store.writing() as tx:
        tx.roles.remove(changed, START)
    with store.reading() as tx:
        assert tx.roles.find("editor") is None
    assert [entry.kind for entry in feed(store)] == [Kind.ROLES] * 4


def test_a_grant_is_in_the_row_that_tokens_are_made_from_with_a_new_version(
    store: SqlStore, lina: User
) -> None:
    give(store, lina, "auditor", "security")
    found = present(store, lina)
    assert (found.roles, found.claims_version) == (("auditor", "security"), 1)
    with store.reading() as tx:
        assert [grant.role for grant in tx.roles.grants(lina.id)] == ["auditor", "security"]
        auditor = tx.roles.find("auditor")
        assert auditor is not None
        assert tx.roles.count_holders(auditor) == 1
        assert tx.roles.holders(auditor, 10) == [lina.id]
    give(store, lina)
    assert (present(store, lina).roles, present(store, lina).claims_version) == ((), 2)
    entries = [(one.kind, one.user_id, one.number) for one in feed(store)]
    assert entries == [(Kind.USER, lina.id, 1), (Kind.USER, lina.id, 2)]


def test_other_changes_of_an_account_leave_its_roles_alone(store: SqlStore, lina: User) -> None:
    give(store, lina, "auditor")
    with store.writing() as tx:
        tx.users.replace(replace(lina, display_name="Lina"))
    assert (present(store, lina).roles, present(store, lina).claims_version) == (("auditor",), 1)


def test_a_role_with_a_time_limit_ends_by_itself(store: SqlStore, lina: User) -> None:
    until = START + timedelta(hours=1)
    with store.writing() as tx:
        tx.users.hold(lina.id)
        lasting = Grant(role="auditor", granted_at=START, granted_by=lina.id)
        tx.roles.set_grants(
            lina.id,
            [lasting, Grant(role="security", granted_at=START, expires_at=until)],
            START,
        )
    user = present(store, lina)
    assert user.roles_until == until
    assert without_expired_roles(store, user, until - timedelta(seconds=1)) == user
    after = without_expired_roles(store, user, until)
    assert (after.roles, after.roles_until) == (("auditor",), None)
    assert after.claims_version == user.claims_version + 1
    assert present(store, lina) == after
    with store.reading() as tx:
        assert tx.roles.grants(lina.id) == [lasting]


def test_users_whom_we_do_not_have_are_outdated_by_position(store: SqlStore) -> None:
    """An application keeps them: positions grow, also after entries were forgotten."""
    for _ in range(2):
        with store.writing() as tx:
            tx.roles.outdate_claims("41", START)
    assert [(one.position, one.number) for one in feed(store)] == [(1, 1), (2, 2)]


def test_one_entry_is_for_everybody(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.roles.outdate_everybody(START)
    (entry,) = feed(store)
    assert (entry.kind, entry.number) == (Kind.ALL, int(START.timestamp()) + 1)


def test_entries_of_the_version_before_are_understood(store: SqlStore) -> None:
    """It goes on writing during an upgrade, and leaves the new columns empty."""
    with store.connection(writing=True) as connection:
        for number, (session, reason, proof) in enumerate(
            [("'s'", "'kicked'", "NULL"), ("NULL", "NULL", "NULL"), ("'s'", "NULL", "2")], 1
        ):
            connection.execute(
                text(
                    "INSERT INTO tally_revocations (position, session_id, reason, proof, forget_at)"
                    f" VALUES ({number}, {session}, {reason}, {proof}, 9000000000000000)"
                )
            )
        connection.execute(text("UPDATE tally_feed_head SET position = 3"))
    assert [one.kind for one in feed(store)] == [Kind.ENDED, Kind.KEYS, Kind.PROVED]


def test_an_upgrade_moves_roles_over(store: SqlStore) -> None:
    """Also names that only an application gave, which have no permissions yet."""
    downgrade_schema(store.engine, store.dialect, "0011")
    rows = {"one": '["admin"]', "two": '["admin", "编辑"]', "three": "[]", "four": '["编辑"]'}
    with store.connection(writing=True) as connection:
        for name, roles in rows.items():
            row = {"id": name, "username": name, "roles": roles, "created_at": START}
            columns = [users.c[key] for key in row]
            connection.execute(insert(users).values({one: row[one.name] for one in columns}))
    for _ in range(2):
        upgrade_schema(store.engine, store.dialect)
    with store.reading() as tx:
        found = {name: [one.role for one in tx.roles.grants(name)] for name in rows}
        former = tx.roles.find("编辑")
        assert former is not None
        assert (former.permissions, former.builtin) == ((), False)
        assert tx.roles.has_administrator(START, besides="one")
    assert found == {"one": ["admin"], "two": ["admin", "编辑"], "three": [], "four": ["编辑"]}
    with store.connection(writing=False) as connection:
        kept = {row.id: row.roles for row in connection.execute(select(users.c.id, users.c.roles))}
    assert kept == rows, "the version before reads them there"


def test_a_downgrade_makes_no_role_last_for_ever(store: SqlStore, lina: User) -> None:
    tomorrow = START + timedelta(days=1)
    with store.writing() as tx:
        tx.roles.hold()
        tx.users.hold(lina.id)
        lasting = Grant(role="auditor", granted_at=START)
        ending = Grant(role=ADMIN, granted_at=START, expires_at=tomorrow)
        tx.roles.set_grants(lina.id, [lasting, ending], START)
    assert present(store, lina).roles == ("admin", "auditor")
    downgrade_schema(store.engine, store.dialect, "0011")
    upgrade_schema(store.engine, store.dialect)
    assert present(store, lina).roles == ("auditor",)
    with store.reading() as tx:
        assert [grant.role for grant in tx.roles.grants(lina.id)] == ["auditor"]


Act = Callable[[Transaction, User], None]


def disable(tx: Transaction, user: User) -> None:
    found = tx.users.hold(user.id)
    assert found is not None
    tx.users.replace(replace(found, disabled_at=START))


def remove(tx: Transaction, user: User) -> None:
    found = tx.users.hold(user.id)
    assert found is not None
    tx.users.replace(replace(found, deleted_at=START, purge_at=START + timedelta(days=14)))


def revoke(tx: Transaction, user: User) -> None:
    tx.users.hold(user.id)
    tx.roles.set_grants(user.id, [], START)


def limit(tx: Transaction, user: User) -> None:
    tx.users.hold(user.id)
    soon = Grant(role=ADMIN, granted_at=START, expires_at=START + timedelta(days=1))
    tx.roles.set_grants(user.id, [soon], START)


@pytest.mark.parametrize("act", [disable, remove, revoke, limit])
def test_the_last_administrator_stays(store: SqlStore, act: Act) -> None:
    one, other = account(store, "one", "admin"), account(store, "other", "admin")
    with store.writing() as tx, keeping_an_administrator(tx, START):
        act(tx, one)
    before = present(store, other)
    with (
        pytest.raises(LastAdministrator),
        store.writing() as tx,
        keeping_an_administrator(tx, START),
    ):
        act(tx, other)
    assert present(store, other) == before


def test_a_role_that_makes_administrators_cannot_be_emptied_under_the_last_one(
    store: SqlStore,
) -> None:
    root = Role(id=new_id(), key="root", name="Root", permissions=("*",))
    with store.writing() as tx:
        tx.roles.put(root, START)
    account(store, "one", "root")
    with (
        pytest.raises(LastAdministrator),
        store.writing() as tx,
        keeping_an_administrator(tx, START),
    ):
        tx.roles.put(replace(root, permissions=()), START)
    with store.reading() as tx:
        assert tx.roles.find("root") == root


def test_an_installation_without_an_administrator_is_not_hindered(
    store: SqlStore, lina: User
) -> None:
    with store.writing() as tx, keeping_an_administrator(tx, START):
        disable(tx, lina)
    assert present(store, lina).disabled_at == START


def test_of_administrators_who_all_remove_the_next_one_at_once_one_stays(store: SqlStore) -> None:
    everybody = [account(store, f"user {number}", "admin") for number in range(6)]
    start, refused = Barrier(len(everybody)), []

    def remove_next(number: int) -> None:
        start.wait(PATIENCE)
        try:
            with store.writing() as tx, keeping_an_administrator(tx, START):
                revoke(tx, everybody[(number + 1) % len(everybody)])
        except LastAdministrator:
            refused.append(number)

    together([lambda number=number: remove_next(number) for number in range(len(everybody))])  # type: ignore[misc]
    left = [user for user in everybody if present(store, user).roles == ("admin",)]
    assert len(left) == len(refused) == 1


def test_roles_that_end_by_themselves_and_acts_of_administrators_do_not_block_each_other(
    store: SqlStore,
) -> None:
    """A grant's row locks its role's: both must be taken in the same order."""
    account(store, "another", "admin")
    lasting = Grant(role=ADMIN, granted_at=START)
    over = Grant(role="security", granted_at=START, expires_at=START)
    for number in range(20):
        user = account(store, f"user {number}", "admin")
        with store.writing() as tx:
            tx.roles.hold()
            tx.users.hold(user.id)
            tx.roles.set_grants(user.id, [lasting, over], START)
        at_once(store, present(store, user))
        found = present(store, user)
        assert (found.roles, found.disabled_at) == (("admin",), START)


def at_once(store: SqlStore, user: User) -> None:
    start = Barrier(2)

    def expire() -> None:
        start.wait(PATIENCE)
        without_expired_roles(store, user, START)

    def act() -> None:
        start.wait(PATIENCE)
        with store.writing() as tx, keeping_an_administrator(tx, START):
            disable(tx, user)

    together([expire, act])
