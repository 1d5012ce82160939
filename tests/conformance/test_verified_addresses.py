"""Databases from before addresses were verified: nobody signs in by one that nobody verified."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from tigertally.storage.sql.dialects import Dialect, open_engine
from tigertally.storage.sql.schema import downgrade_schema, upgrade_schema

BEFORE = "0007"


@pytest.fixture
def old(database_url: str) -> Iterator[tuple[Engine, Dialect]]:
    """A database of the revision before, with three accounts."""
    engine, dialect = open_engine(database_url)
    upgrade_schema(engine, dialect)
    downgrade_schema(engine, dialect, BEFORE)
    add = text(
        "INSERT INTO tally_users (id, username, email, roles, created_at) "
        "VALUES (:id, :username, :email, '[]', 0)"
    )
    name = text("INSERT INTO tally_login_names (name_key, user_id) VALUES (:key, :id)")
    with engine.begin() as connection:
        for id_, username, email, keys in (
            ("a", "Lina", "Lina@Example.com", ["lina", "lina@example.com"]),
            ("b", "BO@example.com", "bo@example.com", ["bo@example.com"]),
            ("c", "cy", None, ["cy"]),
        ):
            connection.execute(add, {"id": id_, "username": username, "email": email})
            connection.execute(name, [{"key": key, "id": id_} for key in keys])
    yield engine, dialect
    engine.dispose()


def names(engine: Engine) -> dict[str, str]:
    """Return who signs in with what."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name_key, user_id FROM tally_login_names"))
        return {row.name_key: row.user_id for row in rows}


def test_addresses_are_given_up_as_names_and_stay_as_addresses(old: tuple[Engine, Dialect]) -> None:
    engine, dialect = old
    upgrade_schema(engine, dialect)
    assert names(engine) == {"lina": "a", "bo@example.com": "b", "cy": "c"}
    query = text("SELECT id, email, email_verified_at FROM tally_users ORDER BY id")
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [
            ("a", "Lina@Example.com", None),
            ("b", "bo@example.com", None),
            ("c", None, None),
        ]


def test_more_accounts_than_one_page_are_changed(old: tuple[Engine, Dialect]) -> None:
    engine, dialect = old
    many = [
        {"id": f"u{number:04}", "key": f"user{number}", "email": f"{number}@example.com"}
        for number in range(2_100)
    ]
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO tally_users (id, username, email, roles, created_at) "
                "VALUES (:id, :key, :email, '[]', 0)"
            ),
            many,
        )
        for column in ("key", "email"):
            query = f"INSERT INTO tally_login_names (name_key, user_id) VALUES (:{column}, :id)"
            connection.execute(text(query), many)
    upgrade_schema(engine, dialect)
    assert len(names(engine)) == 2_100 + 3


def test_on_the_way_back_an_address_is_a_name_of_the_first_that_has_it(
    old: tuple[Engine, Dialect],
) -> None:
    engine, dialect = old
    upgrade_schema(engine, dialect)
    with engine.begin() as connection:
        connection.execute(text("UPDATE tally_users SET email = 'LINA@example.com' WHERE id = 'c'"))
    downgrade_schema(engine, dialect, BEFORE)
    assert names(engine) == {
        "lina": "a",
        "lina@example.com": "a",
        "bo@example.com": "b",
        "cy": "c",
    }
