"""What the tests of stores put in, and how they look at what is there."""

from collections.abc import Callable
from datetime import datetime
from threading import Thread

from tests.waiting import PATIENCE

from tigertally.core.refresh import Presented, Rotation, Verdict
from tigertally.core.sessions import Session
from tigertally.storage.sql.feed import read_feed
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START, TIMES


def keep(store: SqlStore, session: Session) -> Session:
    """Write a session as it is; an ending, too."""
    with store.writing() as tx:
        tx.sessions.add(session)
        if session.ending:
            tx.sessions.end(session.id, session.ending, START)
    return session


def rotate(
    store: SqlStore,
    presented: Presented,
    sent: str | None,
    rotation: Rotation = Rotation.ALWAYS,
    *,
    now: datetime = START,
) -> tuple[Verdict, Session | None]:
    """Refresh by the store alone."""
    with store.writing() as tx:
        verdict, found = tx.sessions.rotate(
            presented, nonce_hash=sent, rotation=rotation, idle_ttl=TIMES.idle_ttl, now=now
        )
        return verdict, found.session if found else None


def feed_of(store: SqlStore, now: datetime = START) -> list[str | None]:
    """Which sessions a process that starts now learns to have ended; none: a change of keys."""
    with store.connection(writing=False) as connection:
        _, entries = read_feed(connection, 0, now)
    return [entry.session_id for entry in entries if entry.proof is None]


def together(jobs: list[Callable[[], None]]) -> None:
    """Run all of these at once, to their ends."""
    threads = [Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
