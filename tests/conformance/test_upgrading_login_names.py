"""The upgrade that notes which login names are verified addresses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, event, insert, select, text, update
from tests.conformance.test_login_names import ADDRESS, added, contact_of, owner, verify

from tigertally.core.identifiers import new_id
from tigertally.storage.sql.schema import downgrade_schema, upgrade_schema
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import contacts, login_names, users
from tigertally.testing.samples import START, sample_user

Rows = list[tuple[str, str, bool]]

WRITES = re.compile(
    r"(INSERT INTO|DELETE FROM|UPDATE) tally_(login_names|contacts|users)\b", re.IGNORECASE
)
"""What this upgrade writes to; those after it are none of its business."""


def noted(store: SqlStore) -> Rows:
    """Return the login names, in order."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(login_names)).all()
    return sorted((row.name_key, row.user_id, row.verified) for row in rows)


def test_an_upgrade_locks_nobody_out(store: SqlStore) -> None:
    """Who signed in with an unverified address goes on doing so, until somebody verifies it."""
    old, kept = sample_user("old", email="old@example.com"), sample_user("kept@example.com")
    proved = replace(sample_user("proved", email="p@example.com"), email_verified_at=START)
    added(store, old, kept, proved)
    by_code = contact_of(store, old, "code@example.com")
    assert verify(store, by_code)
    in_the_way = contact_of(store, proved, "kept@example.com")
    downgrade_schema(store.engine, store.dialect, "0009")
    with store.engine.begin() as connection:
        # As the version before wrote them: each address of a profile, and none of a contact.
        connection.execute(
            text("DELETE FROM tally_login_names WHERE name_key = 'code@example.com'")
        )
        row = {"key": "old@example.com", "user": old.id}
        insertion = "INSERT INTO tally_login_names (name_key, user_id) VALUES (:key, :user)"
        connection.execute(text(insertion), row)
        connection.execute(
            text("UPDATE tally_contacts SET verified_key = :key, verified_at = 1 WHERE id = :id"),
            {"key": in_the_way.target.key, "id": in_the_way.id},
        )
    upgrade_schema(store.engine, store.dialect)
    assert noted(store) == sorted(
        [
            ("old", old.id, False),
            ("old@example.com", old.id, False),
            ("code@example.com", old.id, True),
            ("kept@example.com", kept.id, False),
            ("proved", proved.id, False),
            ("p@example.com", proved.id, True),
        ]
    )
    with store.writing() as tx:
        tx.users.replace(replace(old, display_name="Old"))
        assert tx.contacts.find(in_the_way.target) is None
    assert owner(store, "old@example.com") == old.id
    bo = sample_user("bo")
    added(store, bo)
    assert verify(store, contact_of(store, bo, "old@example.com"))
    assert owner(store, "old@example.com") == bo.id
    assert owner(store, "old") == old.id
    with store.writing() as tx:
        tx.users.replace(replace(old, email="new@example.com"))
    assert owner(store, "new@example.com") is None


def test_of_two_that_verified_an_address_before_the_code_counts(store: SqlStore) -> None:
    operator, code = sample_user("operator", email=ADDRESS), sample_user("code")
    added(store, operator, code)
    contact = contact_of(store, code)
    with store.engine.begin() as connection:
        connection.execute(
            text("UPDATE tally_contacts SET verified_key = :key, verified_at = 1"),
            {"key": contact.target.key},
        )
        connection.execute(
            update(users).where(users.c.id == operator.id).values(email_verified_at=START)
        )
        connection.execute(insert(login_names).values(name_key=ADDRESS, user_id=operator.id))
    downgrade_schema(store.engine, store.dialect, "0009")
    upgrade_schema(store.engine, store.dialect)
    assert owner(store) == code.id
    assert owner(store, "operator") == operator.id
    with store.writing() as tx:
        stored = tx.users.get(operator.id)
        assert stored is not None
        assert not stored.email_verified
        tx.users.replace(stored)


def crowd(store: SqlStore, count: int) -> Rows:
    """Write so many people as the version before did. Returns what their names must become."""
    sample = sample_user("sample")
    added(store, sample)
    with store.engine.connect() as connection:
        like = dict(connection.execute(select(users)).mappings().one())
    ids = [new_id() for _ in range(count)]
    people = [
        {**like, "id": each, "username": f"user {n}", "email": f"{n}@example.com"}
        for n, each in enumerate(ids)
    ]
    names = [
        {"name_key": row[key], "user_id": row["id"]}
        for row in people
        for key in ("username", "email")
    ]
    proved = [
        {
            "id": new_id(),
            "user_id": each,
            "kind": "email",
            "value": f"code{n}@example.com",
            "verified_key": f"email:code{n}@example.com",
            "added_at": START,
            "verified_at": START,
        }
        for n, each in enumerate(ids)
    ]
    with store.engine.begin() as connection:
        connection.execute(insert(users), [{**row, "email_verified_at": START} for row in people])
        connection.execute(insert(login_names), names)
        connection.execute(insert(contacts), proved)
    downgrade_schema(store.engine, store.dialect, "0009")
    return sorted(
        [("sample", sample.id, False)]
        + [(f"user {n}", each, False) for n, each in enumerate(ids)]
        + [(f"{n}@example.com", each, True) for n, each in enumerate(ids)]
        + [(f"code{n}@example.com", each, True) for n, each in enumerate(ids)]
    )


class Died(Exception):
    """The end of a process, as far as the database can tell."""


@contextmanager
def counting(dies_at: int | None = None) -> Iterator[list[str]]:
    """Give the writes of this upgrade, and end whatever sends the one of this number."""
    sent: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if WRITES.match(statement):
            sent.append(statement)
            if len(sent) == dies_at:
                raise Died

    event.listen(Engine, "after_cursor_execute", look)
    try:
        yield sent
    finally:
        event.remove(Engine, "after_cursor_execute", look)


def test_an_upgrade_writes_a_page_of_names_at_once(store: SqlStore) -> None:
    """A million accounts would otherwise keep everybody out for hours."""
    expected = crowd(store, 1100)
    with counting() as sent:
        upgrade_schema(store.engine, store.dialect)
    assert noted(store) == expected
    assert 0 < len(sent) < 20


def test_an_upgrade_that_dies_at_any_write_can_be_run_again(store: SqlStore) -> None:
    expected = crowd(store, 3)
    deaths = 0
    while True:
        with counting(dies_at=deaths + 1) as sent:
            try:
                upgrade_schema(store.engine, store.dialect)
            except Died:
                deaths += 1
            else:
                break
    assert deaths == len(sent) > 3
    assert noted(store) == expected
