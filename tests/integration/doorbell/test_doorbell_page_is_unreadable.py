"""Whoever may not open the page: a check reads the database, and no end goes unheard."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.integration.doorbell import processes as doorbell
from tests.integration.doorbell.looking import ROOT, knows
from tests.integration.doorbell.processes import end_session, open_a_session, open_store
from tests.waiting import PATIENCE


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
def test_a_process_that_cannot_open_the_page_cannot_end_a_session(tmp_path: Path) -> None:
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
