"""What the library below writes about rows at DEBUG, on each engine."""

import logging
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from tests.databases import stores_over

from tigertally.core.keys import Algorithm, KeyState, generate_key
from tigertally.storage.sql.tables import users
from tigertally.testing import MovableClock
from tigertally.testing.samples import MASTER, START, sample_session, sample_user

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"


def test_at_debug_no_hash_and_no_sealed_key_is_logged(
    database_url: str, tmp_path: Path, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    # Set before the engine is made: SQLAlchemy looks only then.
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    user = replace(sample_user("lina"), password_hash=HASH)
    session = sample_session(user_id=user.id, nonce="n" * 32)
    key = generate_key(Algorithm.ES256, master=MASTER, state=KeyState.CURRENT, now=START)
    with stores_over(database_url, tmp_path, clock) as open_store:
        store = open_store()
        with store.writing() as tx:
            tx.users.add(user)
            tx.sessions.add(session)
            tx.keys.put(key)
        with store.reading() as tx:
            assert tx.users.get(user.id) == user
            assert tx.sessions.get(session.id) == session
            assert tx.keys.all()[0].sealed == key.sealed
    lines = caplog.text + "".join(repr(record.args) for record in caplog.records)
    assert "Row (hidden)" in lines, "what the database answered was listened to"
    for secret in (HASH, session.nonce_hash, key.sealed.hex(), repr(key.sealed)):
        assert str(secret) not in lines


def test_an_error_of_the_database_does_not_repeat_what_was_sent(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    with stores_over(database_url, tmp_path, clock) as open_store:
        store = open_store()
        row = {"id": "u" * 26, "username": "x", "password_hash": HASH, "created_at": START}
        with pytest.raises(DBAPIError) as raised, store.engine.begin() as connection:
            connection.execute(users.insert(), row)  # without its roles
    trace = "".join(traceback.format_exception(raised.value))
    assert "roles" in trace, "it says what is wrong"
    assert HASH not in trace + repr(raised.value.orig)
