"""Writers and readers of one database, as processes of their own: `python -m …  <role> …`.

A writer ends sessions, and notes each on a board only after the transaction was answered. A reader
takes an acknowledged session from the board, begins a check, and counts a miss where the check does
not know that the session ended. The board is shared memory, so that the check begins within a
microsecond of the acknowledgement.
"""

import json
import mmap
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sqlalchemy import Connection, event

from tigertally.clock import SystemClock
from tigertally.core.identifiers import new_id
from tigertally.core.sessions import Device, Ending, EndReason, SessionTimes, open_session
from tigertally.core.users import User
from tigertally.errors import StoreUnavailable
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import upgrade_schema
from tigertally.storage.sql.store import SqlStore

WRITERS: Final = 3
ACCESS_TTL: Final = timedelta(minutes=15)
TIMES: Final = SessionTimes(timedelta(days=7), timedelta(days=30))
ENDS_MIN: Final = 1500
"""A reader goes on until so many ends were acknowledged, however fast its checks are."""

NOBODY: Final = 65534

_ID: Final = 26
_SLOTS: Final = 1 << 14
_PART: Final = 64 + _SLOTS * _ID


class Board:
    """For each writer: how many sessions it saw acknowledged, and the latest of their ids."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(WRITERS * _PART))
        with path.open("r+b") as file:
            self._bytes = memoryview(mmap.mmap(file.fileno(), 0))

    def count(self, writer: int) -> int:
        """Return how many are noted."""
        counter = self._bytes[writer * _PART : writer * _PART + 8].cast("Q")
        return int(counter[0])

    def note(self, writer: int, session_id: str) -> None:
        """Note one: first the name, then the figure that makes it count."""
        base, number = writer * _PART, self.count(writer)
        start = base + 64 + number % _SLOTS * _ID
        self._bytes[start : start + _ID] = session_id.encode()
        self._bytes[base : base + 8].cast("Q")[0] = number + 1

    def read(self, writer: int, number: int) -> str:
        """Return the id noted as the n-th."""
        start = writer * _PART + 64 + number % _SLOTS * _ID
        return bytes(self._bytes[start : start + _ID]).decode()


def open_store(database: Path, *, access_ttl: timedelta = ACCESS_TTL) -> SqlStore:
    """Open a database of the product, made if need be, with one account in it."""
    engine, dialect = open_engine(f"sqlite:///{database}")
    if not database.exists():
        upgrade_schema(engine, dialect)
    store = SqlStore(
        engine, dialect, clock=SystemClock(), access_ttl=access_ttl, data_dir=database.parent
    )
    with store.writing() as tx:
        if tx.users.get("owner") is None:
            tx.users.add(
                User(
                    id="owner",
                    username="owner",
                    email=None,
                    display_name=None,
                    locale=None,
                    roles=(),
                    password_hash=None,
                    created_at=datetime.now(UTC),
                )
            )
    return store


def open_a_session(store: SqlStore) -> str:
    """Open a session; return its id."""
    session_id, now = new_id(), datetime.now(UTC)
    with store.writing() as tx:
        tx.sessions.add(
            open_session(
                session_id=session_id,
                user_id="owner",
                device=Device(),
                nonce_hash=None,
                times=TIMES,
                now=now,
            )
        )
    return session_id


def end_session(store: SqlStore, session_id: str) -> None:
    """End a session; when this returns, the end is acknowledged."""
    now = datetime.now(UTC)
    with store.writing() as tx:
        assert tx.sessions.end(session_id, Ending(EndReason.LOGGED_OUT, now), now)


def write(database: Path, board: Board, writer: int) -> None:
    """End sessions forever; now and then one transaction is undone, which must do no harm."""
    store = open_store(database)
    while True:
        session_id = open_a_session(store)
        if random.random() < 0.02:
            undo_an_end(store, session_id)
        end_session(store, session_id)
        board.note(writer, session_id)
        time.sleep(random.uniform(0, 0.002))


def undo_an_end(store: SqlStore, session_id: str) -> None:
    """Take a ticket for an end that is rolled back."""
    now = datetime.now(UTC)
    with suppress(ZeroDivisionError), store.writing() as tx:
        tx.sessions.end(session_id, Ending(EndReason.KICKED, now), now)
        tx.sessions.purge(now, 1 // 0)


def write_under_fire(database: Path, board: Board, seed: int) -> None:
    """Keep the writers going, and SIGKILL one of them every few milliseconds."""
    random.seed(seed)
    open_store(database).engine.dispose()
    running = {}
    kills = 0
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    while not stopping:
        for writer in range(WRITERS):
            if writer not in running:
                running[writer] = _fork_writer(database, board, writer)
        time.sleep(random.uniform(0.05, 0.25))
        victim = random.randrange(WRITERS)
        _kill(running.pop(victim))
        kills += 1
    for pid in running.values():
        _kill(pid)
    sys.stdout.write(json.dumps({"kills": kills}))


def _fork_writer(database: Path, board: Board, writer: int) -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        random.seed(os.getpid())
        write(database, board, writer)
    return pid


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def read(database: Path, board: Board, checks: int) -> None:
    """Check what was acknowledged before each check began."""
    feed = open_store(database).feed()
    revocations = feed.revocations
    missed = []
    done, seen = 0, [0] * WRITERS
    while done < checks or sum(seen) < ENDS_MIN:
        number, writer = done, done % WRITERS
        count = board.count(writer)
        done += 1
        if not count:
            done = 0  # what is checked before there is anything to miss does not count
            continue
        # Mostly the newest: it is the one that can be missed.
        back = 0 if number % 10 else random.randrange(min(count, 1000))
        session_id = board.read(writer, count - 1 - back)
        feed.catch_up()
        if revocations.reason(session_id) is None:
            missed.append(session_id)
        seen[writer] = count
        if done % 64 == 0:
            os.sched_yield()  # there are fewer processors than processes here
    report = {"checks": done, "missed": missed, "acknowledged": sum(seen)}
    sys.stdout.write(json.dumps(report))


def die_at(database: Path, session_id: str, moment: str) -> None:
    """End a session, and be killed on the way: at its ``ticket``, its ``commit`` or its ``done``.

    The interpreter itself is watched, so that nothing of the product is replaced.
    """
    store = open_store(database)

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(frame: FrameType, what: str, _argument: Any) -> None:
        name = frame.f_code.co_name
        if (moment == "ticket" and name == "take_ticket" and what == "return") or (
            moment == "done" and name == "mark_done" and what == "call"
        ):
            die()

    if moment == "commit":

        @event.listens_for(store.engine, "commit")
        def before_commit(_: Connection) -> None:
            die()

    else:
        sys.setprofile(watch)
    end_session(store, session_id)


def end_although_the_page_is_cut(database: Path, session_id: str, then: str) -> None:
    """End a session on a page that is cut to nothing, or removed as well, before the commit."""
    store = open_store(database)
    page = database.with_name(f"{database.name}.doorbell")

    @event.listens_for(store.engine, "commit")
    def before_commit(_: Connection) -> None:
        os.truncate(page, 0)
        if then == "removed":
            page.unlink()

    end_session(store, session_id)
    sys.stdout.write("ended")


def check_when_told(database: Path) -> None:
    """For each line on standard input, an id: say whether its session is known to have ended."""
    feed = open_store(database).feed()
    feed.catch_up()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in _lines():
        feed.catch_up()
        known = feed.revocations.reason(line) is not None
        sys.stdout.write("ended\n" if known else "live\n")
        sys.stdout.flush()


def end_and_say_why_not(database: Path, session_id: str) -> None:
    """End a session; print what came of it."""
    try:
        end_session(open_store(database), session_id)
    except StoreUnavailable as error:
        sys.stdout.write(str(error))
    else:
        sys.stdout.write("ended")


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        yield line.strip()


def become_nobody() -> None:
    """Go on as an ordinary user, with everything loaded that root's folders hold."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "tally.db")
        session_id = open_a_session(store)
        end_session(store, session_id)
        store.feed().catch_up()
        store.engine.dispose()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def main(role: str, database: str, *rest: str) -> None:
    """Play one role."""
    path = Path(database)
    who, _, role = role.rpartition(":")
    if who == "nobody":
        become_nobody()
    match role:
        case "write":
            write_under_fire(path, Board(Path(rest[0])), int(rest[1]))
        case "read":
            read(path, Board(Path(rest[0])), int(rest[1]))
        case "die":
            die_at(path, *rest)
        case "end":
            end_and_say_why_not(path, rest[0])
        case "cut":
            end_although_the_page_is_cut(path, *rest)
        case "check":
            check_when_told(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
