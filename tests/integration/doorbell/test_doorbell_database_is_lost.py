"""Whatever becomes of the database: never "nothing was revoked"."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.doorbell.looking import Open, knows, sleep_past_the_recheck
from tests.integration.doorbell.processes import end_session, open_a_session, open_store

from tigertally.errors import StoreUnavailable, VerifierUnavailable


def test_without_the_database_a_check_refuses_and_an_end_is_not_acknowledged(
    open_one: Open, database: Path
) -> None:
    reader, writer = open_one().feed(), open_one()
    session_id = open_a_session(writer)
    assert not knows(reader, session_id)
    database.parent.rename(database.parent.with_name("elsewhere"))
    try:
        with pytest.raises(StoreUnavailable):
            end_session(writer, session_id)
        sleep_past_the_recheck(reader)
        with pytest.raises(VerifierUnavailable):
            reader.catch_up()
    finally:
        database.parent.with_name("elsewhere").rename(database.parent)


def restore_in_place(database: Path, backup: Path) -> None:
    """What `sqlite3 tally.db '.restore backup.db'` does, while everything runs."""
    with sqlite3.connect(backup) as source, sqlite3.connect(database) as target:
        source.backup(target)
    source.close()
    target.close()


def test_restoring_the_database_makes_a_reader_read_everything_again(
    open_one: Open, database: Path, tmp_path: Path
) -> None:
    """The restored feed counts its positions from further back than what the reader has seen."""
    reader, writer = open_one().feed(), open_one()
    sessions = [open_a_session(writer) for _ in range(8)]
    end_session(writer, sessions[0])
    backup = tmp_path / "backup.db"
    with sqlite3.connect(database) as source, sqlite3.connect(backup) as target:
        source.backup(target)
    source.close()
    target.close()
    for session_id in sessions[1:4]:
        end_session(writer, session_id)
    assert knows(reader, sessions[3])
    restore_in_place(database, backup)
    for session_id in sessions[4:]:
        end_session(writer, session_id)
        assert knows(reader, session_id), session_id


def test_an_exchanged_database_file_is_noticed_with_the_next_ring(
    open_one: Open, database: Path, tmp_path: Path
) -> None:
    reader, writer = open_one().feed(), open_one()
    session_id = open_a_session(writer)
    assert not knows(reader, session_id)
    writer.engine.dispose()
    copy = tmp_path / "copy.db"
    with sqlite3.connect(database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    copy.rename(database)
    end_session(open_one(), session_id)
    assert knows(reader, session_id)


def test_every_writers_end_outlasts_the_longest_access_token(database: Path) -> None:
    """A command line without the service's settings must not make an end be forgotten early."""
    service = open_store(database, access_ttl=timedelta(days=1))
    command_line = open_store(database, access_ttl=timedelta(minutes=15))
    session_id = open_a_session(service)
    end_session(command_line, session_id)
    with sqlite3.connect(database) as connection:
        (kept,) = connection.execute(
            "SELECT forget_at / 1e6 - unixepoch() FROM tally_revocations WHERE session_id = ?",
            (session_id,),
        ).fetchone()
    connection.close()
    service.engine.dispose()
    command_line.engine.dispose()
    assert kept > 86_400
