"""What grows with the number of sessions: each journey, housekeeping, a start, the disk (goal G10).

A database is filled to ten thousand sessions, measured, filled to a hundred thousand, and so on.
Passwords are hashed cheaply: the hash costs the same everywhere.
"""

import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, text
from tests.servers.postgres import Postgres

from benchmarks.findings import Finding, Findings
from benchmarks.product import DEVICE, PASSWORD
from tigertally.core.identifiers import new_id
from tigertally.core.sessions import Session, open_session
from tigertally.core.users import User
from tigertally.flows.account import Account
from tigertally.flows.context import Actor
from tigertally.flows.refresh import Refresh
from tigertally.flows.sign_in import SignIn
from tigertally.flows.sign_out import SignOut
from tigertally.server.compose import Composition, compose
from tigertally.settings import load_settings
from tigertally.storage.sql.session_rows import session_row
from tigertally.storage.sql.tables import sessions

COUNTS: Final = (10_000, 100_000, 1_000_000, 10_000_000)
MOST: Final = int(os.environ.get("BENCH_SESSIONS", "1000000"))
"""Sessions at most. Ten million take half an hour and ten gigabytes."""

PER_USER: Final = 10
SAMPLES: Final = 200
PURGED: Final = 500
STEP: Final = 10_000
SLICE: Final = 1_000

SLACK: Final = 1.5
"""How much more than the logarithm may be measured: the machine is not alone."""


def run() -> Findings:
    """Measure SQLite, then PostgreSQL."""
    yield from _measure("SQLite", {})
    server = Postgres()
    try:
        server.start()
        server.create("growing")
        secret = "a secret of a machine that lives for a minute"
        yield from _measure("PostgreSQL", {"database_url": server.url("growing"), "secret": secret})
    finally:
        server.remove()


def _measure(database: str, settings: dict[str, object]) -> Findings:
    folder = Path(tempfile.mkdtemp(prefix="tally-bench-"))
    found: dict[str, list[float]] = {}
    counts = [count for count in COUNTS if count <= MOST]
    try:
        loaded = load_settings(
            {
                "data_dir": folder / "data",
                "rate_limits": "off",
                "password_cost": "testing",
                **settings,
            },
            environ={},
        )
        composition = compose(loaded)
        people = _People(composition)
        for count in counts:
            people.grow(count)
            for what, value in people.measure():
                found.setdefault(what, []).append(value)
        composition.close()
        began = time.perf_counter()
        compose(loaded).close()
        yield Finding(
            "growing",
            f"{database}, {counts[-1]:,} sessions: start of a worker",
            (time.perf_counter() - began) * 1e3,
            "ms",
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for what, values in found.items():
        unit = "B" if "disk" in what else "ms"
        for count, value in zip(counts, values, strict=True):
            yield Finding("growing", f"{database}, {count:,} sessions: {what}", value, unit)
        allowed = SLACK * math.log(counts[-1]) / math.log(counts[0])
        ratio = values[-1] / values[0]
        name = f"{database}: {what}, most ÷ fewest"
        yield Finding("growing", name, ratio, "×", "log", allowed, "at most")


class _People:
    """Users with ten sessions each, of which one in a hundred is long over."""

    def __init__(self, composition: Composition) -> None:
        self._composition, self._context = composition, composition.context
        self._hash = composition.context.passwords.hash(PASSWORD)
        self._count = 0
        self._sample: list[tuple[User, Session]] = []

    def grow(self, count: int) -> None:
        """Add sessions until there are so many."""
        now = self._context.clock.now()
        self._sample = []
        while self._count < count:
            users = [self._user(self._count + number, now) for number in range(STEP // PER_USER)]
            with self._context.store.writing() as tx:
                tx.users.add_all(users)
            rows = [self._session(user, now) for user in users for _ in range(PER_USER)]
            # In slices: the store gives no transaction more than a few seconds.
            for first in range(0, STEP, SLICE):
                some = [session_row(row) for row in rows[first : first + SLICE]]
                with self._composition.store.connection(writing=True) as connection:
                    connection.execute(insert(sessions), some)
            self._sample += [(user, rows[PER_USER * n]) for n, user in enumerate(users[:SAMPLES])]
            self._count += STEP
        engine = self._composition.store.engine
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))

    def measure(self) -> Iterator[tuple[str, float]]:
        """Give the median of each journey in milliseconds, and the bytes of a session on disk."""
        context = self._context
        chosen = self._sample[:: max(1, len(self._sample) // SAMPLES)][:SAMPLES]
        sign_in, refresh, sign_out = SignIn(context), Refresh(context), SignOut(context)
        account = Account(context)
        tallies = []

        def signs_in(user: User, _: Session) -> None:
            tallies.append(sign_in(user.username, PASSWORD, device=DEVICE, nonce=None))

        def refreshes(_: User, session: Session) -> None:
            token = context.refresh.mint(session)
            refresh(context.refresh.read(token), nonce=None, device=DEVICE)

        def lists(user: User, session: Session) -> None:
            actor = Actor(user.id, session.id, DEVICE, generation=1, proof=0)
            account.sessions(actor, after=None, limit=20)

        def signs_out(_: User, __: Session) -> None:
            sign_out(tallies.pop().access.claims, device=DEVICE)

        for what, act in (
            ("sign-in, but for the hash", signs_in),
            ("refresh", refreshes),
            ("list of devices", lists),
            ("sign-out", signs_out),
        ):
            yield what, _median(act, chosen)
        yield f"purge of {PURGED} old rows", self._purge()
        yield "a session on disk", self._disk() / self._count

    def _purge(self) -> float:
        """Delete rows that are long over, written for it, and return the least time of three."""
        past = self._context.clock.now() - timedelta(days=400)
        taken = []
        for _ in range(3):
            rows = [self._session(self._sample[0][0], past) for _ in range(PURGED)]
            with self._composition.store.connection(writing=True) as connection:
                connection.execute(insert(sessions), [session_row(row) for row in rows])
            began = time.perf_counter()
            with self._context.store.writing() as tx:
                purged = tx.sessions.purge(past + timedelta(days=100), PURGED)
            taken.append((time.perf_counter() - began) * 1e3)
            if purged != PURGED:
                raise RuntimeError(f"{purged} rows were purged")
        return min(taken)

    def _disk(self) -> float:
        engine = self._composition.store.engine
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            else:
                query = "SELECT pg_database_size(current_database())"
            return float(connection.execute(text(query)).scalar_one())

    def _user(self, number: int, now: datetime) -> User:
        return User(
            id=new_id(), username=f"user{number}", email=None, display_name=None, locale=None,
            roles=(), password_hash=self._hash, created_at=now,
        )  # fmt: skip

    def _session(self, user: User, now: datetime) -> Session:
        return open_session(
            session_id=new_id(), user_id=user.id, device=DEVICE, nonce_hash=None,
            times=self._context.rules.times, now=now,
        )  # fmt: skip


def _median(act: Callable[[User, Session], None], chosen: list[tuple[User, Session]]) -> float:
    taken = []
    for user, session in chosen:
        began = time.perf_counter()
        act(user, session)
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)
