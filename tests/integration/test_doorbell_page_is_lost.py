"""Whatever becomes of the page, of the database and of the keys: never "nothing was revoked".

Two stores in one process stand for two processes here: each has its own mapping, engine and memory.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration import doorbell_processes as doorbell
from tests.integration.doorbell_processes import end_session, open_a_session, open_store
from tests.waiting import PATIENCE

from tigertally.errors import StoreUnavailable, VerifierUnavailable
from tigertally.storage.doorbell.reader import RECHECK_AFTER
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.store import SqlStore

ROOT = Path(__file__).parents[2]

Open = Callable[[], SqlStore]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "tally.db"


@pytest.fixture
def page(database: Path) -> Path:
    return database.with_name("tally.db.doorbell")


@pytest.fixture
def open_one(database: Path) -> Iterator[Open]:
    opened: list[SqlStore] = []

    def build() -> SqlStore:
        opened.append(open_store(database))
        return opened[-1]

    yield build
    for store in opened:
        store.engine.dispose()


def knows(feed: SqlFeed, session_id: str) -> bool:
    """Check as a request does that begins now."""
    feed.catch_up()
    return feed.revocations.reason(session_id) is not None


def remove(page: Path) -> None:
    page.unlink()


def remove_and_make_anew(page: Path) -> None:
    page.unlink()
    page.touch(0o600)


def replace_by_an_old_copy(page: Path) -> None:
    copy = page.with_name("copy")
    shutil.copy(page, copy)
    copy.rename(page)


def fill_with_foreign_bytes(page: Path) -> None:
    with page.open("r+b") as file:
        file.write(b"this is the page of another program " * 114)


def fill_with_zeros(page: Path) -> None:
    with page.open("r+b") as file:
        file.write(bytes(4096))


def put_a_folder_in_its_place(page: Path) -> None:
    page.unlink()
    page.mkdir()


def put_a_link_to_nowhere_in_its_place(page: Path) -> None:
    page.unlink()
    page.symlink_to(page.parent / "no" / "such" / "folder")


def truncate_to(size: int) -> Callable[[Path], None]:
    def truncate(page: Path) -> None:
        os.truncate(page, size)

    truncate.__name__ = f"truncate_to_{size}"
    return truncate


HARM = [
    remove,
    remove_and_make_anew,
    replace_by_an_old_copy,
    fill_with_foreign_bytes,
    fill_with_zeros,
    put_a_folder_in_its_place,
    put_a_link_to_nowhere_in_its_place,
    *map(truncate_to, (1, 8, 16, 24, 32, 40, 4095)),
]


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("writer_is_new", [False, True], ids=["old_writer", "new_writer"])
def test_an_end_is_known_at_once_although_the_page_was_harmed_a_moment_before(
    open_one: Open, page: Path, harm: Callable[[Path], None], writer_is_new: bool
) -> None:
    """A writer that began after the harm rings a page that old readers do not have yet."""
    reader, writer = open_one().feed(), open_one()
    first, second, third = (open_a_session(writer) for _ in range(3))
    end_session(writer, first)
    assert knows(reader, first)
    harm(page)
    if writer_is_new:
        writer = open_one()
    end_session(writer, second)
    assert knows(reader, second)
    end_session(writer, third)
    assert knows(reader, third)
    assert knows(open_one().feed(), third)


def test_a_page_taken_back_to_an_older_state_cannot_count_up_to_what_a_reader_remembers(
    open_one: Open, page: Path
) -> None:
    """An idle reader remembers a ticket; a restored page must never give the same one again."""
    idle, writer = open_one().feed(), open_one()
    sessions = [open_a_session(writer) for _ in range(4)]
    assert not knows(idle, sessions[0])
    old = page.read_bytes()
    for session_id in sessions[:2]:
        end_session(writer, session_id)
    assert knows(idle, sessions[1])
    with page.open("r+b") as file:
        file.write(old)
    for session_id in sessions[2:]:
        end_session(writer, session_id)
    assert knows(idle, sessions[3])


def test_a_page_truncated_to_nothing_ends_the_process_rather_than_let_anybody_in(
    database: Path, page: Path
) -> None:
    """Memory that has no file behind it any more is answered SIGBUS: a server starts it again."""
    writer = open_store(database)
    session_id = open_a_session(writer)
    with subprocess.Popen(
        [sys.executable, "-m", doorbell.__name__, "check", str(database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "ready\n"
        end_session(writer, session_id)
        os.truncate(page, 0)
        answer, _ = reader.communicate(f"{session_id}\n", timeout=PATIENCE)
    assert (reader.returncode, answer) in {(-signal.SIGBUS, ""), (0, "ended\n")}
    writer.engine.dispose()


@pytest.mark.parametrize("then", ["", "removed"])
def test_a_writer_survives_a_page_that_is_cut_to_nothing_before_its_commit(
    database: Path, page: Path, then: str
) -> None:
    """Also where the cut page is exchanged for another: nobody touches the memory it had."""
    store = open_store(database)
    session_id = open_a_session(store)
    feed = store.feed()
    assert not knows(feed, session_id)
    writer = subprocess.run(
        [sys.executable, "-m", doorbell.__name__, "cut", str(database), session_id, then],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (writer.returncode, writer.stdout) == (0, "ended"), writer.stderr
    sleep_past_the_recheck(feed)
    assert knows(feed, session_id)
    assert page.stat().st_size == 4096
    store.engine.dispose()


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


def sleep_past_the_recheck(feed: SqlFeed) -> None:
    """Wait until a reader that knows nothing of the harm has looked at the file again."""
    del feed
    threading.Event().wait(2 * RECHECK_AFTER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_in_a_folder_that_became_unreadable_a_check_reads_the_database(tmp_path: Path) -> None:
    """The reader is an ordinary user, who loses the folder while it runs."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        folder = Path(home) / "data"
        folder.mkdir()
        store = open_store(folder / "tally.db")
        session_ids = [open_a_session(store) for _ in range(2)]
        for path in (Path(home), folder, *folder.iterdir()):
            os.chown(path, doorbell.NOBODY, doorbell.NOBODY)
        with as_nobody("check", folder / "tally.db") as reader:
            assert reader.stdout
            assert reader.stdin
            assert reader.stdout.readline() == "ready\n"
            folder.chmod(0)
            for session_id in session_ids:
                end_session(store, session_id)
                reader.stdin.write(f"{session_id}\n")
                reader.stdin.flush()
                assert reader.stdout.readline() == "ended\n"
            reader.stdin.close()
            assert reader.wait(PATIENCE) == 0
        folder.chmod(0o700)
        store.engine.dispose()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_who_may_not_open_the_page_may_not_end_a_session_unheard(tmp_path: Path) -> None:
    """The database may be shared by a group while the page is the service's alone."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        folder = Path(home) / "data"
        folder.mkdir()
        store = open_store(folder / "tally.db")
        session_id = open_a_session(store)
        feed = store.feed()
        assert not knows(feed, session_id)
        for path in (Path(home), folder, *folder.iterdir()):
            if path.suffix != ".doorbell":
                os.chown(path, doorbell.NOBODY, doorbell.NOBODY)
        with as_nobody("end", folder / "tally.db", session_id) as writer:
            out, _ = writer.communicate(timeout=PATIENCE)
        assert "the user of the service" in out
        assert not knows(feed, session_id)
        with store.reading() as tx:
            session = tx.sessions.get(session_id)
        assert session is not None
        assert session.ending is None
        store.engine.dispose()


def as_nobody(role: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", doorbell.__name__, f"nobody:{role}", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_page_of_another_database_is_not_believed_and_each_keeps_hearing_of_its_own(
    open_one: Open, database: Path, page: Path
) -> None:
    reader, writer = open_one().feed(), open_one()
    stranger = open_store(database.with_name("other.db"))
    stranger.feed().catch_up()
    mine = [open_a_session(writer) for _ in range(4)]
    for session_id in mine:
        assert not knows(reader, session_id)
        page.unlink()
        shutil.copy(database.with_name("other.db.doorbell"), page)
        end_session(writer, session_id)
        assert knows(reader, session_id)
    stranger.engine.dispose()


def restore_in_place(database: Path, backup: Path) -> None:
    """What `sqlite3 tally.db '.restore backup.db'` does, while everything runs."""
    with sqlite3.connect(backup) as source, sqlite3.connect(database) as target:
        source.backup(target)
    source.close()
    target.close()


def test_a_database_restored_under_a_running_reader_makes_it_read_everything_anew(
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


def test_a_database_exchanged_for_another_file_is_noticed_with_the_next_ring(
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


def test_threads_that_check_while_another_reads_everything_anew_never_see_an_empty_memory(
    open_one: Open,
) -> None:
    """A second service that starts reboots the page; sessions that ended long ago stay ended."""
    store = open_one()
    feed = store.feed()
    session_id = open_a_session(store)
    end_session(store, session_id)
    assert knows(feed, session_id)
    missed: list[int] = []
    done = threading.Event()

    def check() -> None:
        while not done.is_set():
            if not knows(feed, session_id):
                missed.append(1)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    bell = store.bell.bell
    assert bell is not None
    for _ in range(300):
        bell.reboot()
        feed.catch_up()
    done.set()
    for thread in threads:
        thread.join()
    assert not missed


def test_an_end_outlasts_the_longest_access_token_whoever_wrote_it(database: Path) -> None:
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
