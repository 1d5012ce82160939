"""Whatever becomes of the page: never "nothing was revoked"."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.doorbell import processes as doorbell
from tests.integration.doorbell.looking import ROOT, Open, knows, sleep_past_the_recheck
from tests.integration.doorbell.processes import end_session, open_a_session, open_store
from tests.waiting import PATIENCE


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


def test_an_emptied_page_ends_the_process_and_lets_nobody_in(database: Path, page: Path) -> None:
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


def test_a_page_of_another_database_is_not_believed(
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


def test_no_thread_sees_an_empty_memory_while_another_reads_everything(
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
