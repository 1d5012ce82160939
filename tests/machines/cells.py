"""One cell of the outage matrix: somebody signs out before, while and after something breaks."""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.machines.fleet import HANGS_AFTER, Answer, Fleet, Watch, ask, fail_with_logs
from tests.servers.redis import Redis
from tests.servers.server import Database
from tests.waiting import PATIENCE, wait_until

BROKEN_FOR = 2.0
"""Seconds: eight times the allowed silence."""


@dataclass
class Ground:
    """What a cell stands on: two machines, their database, and a Redis where they use one."""

    fleet: Fleet
    server: Database | None
    """None where it is SQLite."""
    redis: Redis | None = None
    replica: Database | None = None

    @property
    def database(self) -> Database:
        """The database server."""
        assert self.server is not None
        return self.server

    @property
    def kind(self) -> str:
        """What is written into the table."""
        return self.server.kind if self.server else "sqlite"


Act = Callable[[Ground], object]


@dataclass(frozen=True)
class Fault:
    """A way to break something, and to mend it."""

    begin: Act
    end: Act
    reaches_a: bool = True
    """Whether a sign-out on machine a meets it as well."""


_HOLDER = """
import sys, time
from sqlalchemy import update
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.tables import feed_head
engine, _ = open_engine(sys.argv[1])
with engine.begin() as connection:
    connection.execute(update(feed_head).values(position=feed_head.c.position + 1))
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder_of_the_head(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that ends a session and comes no further than right before its commit."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, url], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


def run_cell(
    ground: Ground, fault: Fault, title: str, *, workers_die: bool = False
) -> dict[str, int]:
    """Sign out before, during and after a fault, and hold all answers against the promise."""
    try:
        return _run_cell(ground, fault, title, workers_die=workers_die)
    except BaseException:
        fault.end(ground)
        fail_with_logs(ground.fleet)
        raise


def _run_cell(ground: Ground, fault: Fault, title: str, *, workers_die: bool) -> dict[str, int]:
    fleet = ground.fleet
    fleet.until_up()
    names = ("before", "during", "after", "alive")
    tokens = dict(zip(names, fleet.sign_in(4), strict=True))
    acknowledged: dict[str, float] = {}

    def sign_out(name: str) -> Answer:
        answer = _ask_again_where_cut_off(fleet, tokens[name], workers_die=workers_die)
        assert answer.took < HANGS_AFTER, answer
        if answer.status == 200:
            acknowledged.setdefault(name, answer.ended_at)
        else:
            assert answer.code in {"upstream_unavailable", "verifier_unavailable"}, answer
        return answer

    def sign_out_during() -> Answer:
        """Sign out as people do: again where a check did not get its answer in a second."""
        answer = sign_out("during")
        for _ in range(0 if fault.reaches_a else 4):
            if answer.status == 200:
                break
            answer = sign_out("during")
        return answer

    watch = Watch(fleet, tokens)
    with watch.running():
        watch.until_answered()
        assert sign_out("before").status == 200
        fault.begin(ground)
        first = []
        trying = threading.Thread(target=lambda: first.append(sign_out_during()))
        trying.start()
        time.sleep(BROKEN_FOR)
        mended_at = time.monotonic()
        fault.end(ground)
        trying.join(timeout=PATIENCE)
        assert first, "the sign-out during the outage hung"
        if not fault.reaches_a:
            assert first[0].status == 200, first
        wait_until(lambda: _lives(fleet, tokens["alive"]), "both machines are well again")
        recovered = time.monotonic() - mended_at
        fleet.until_up()
        # A worker may still find a connection that the outage broke: then it says so, once.
        for name in ("during", "after"):
            wait_until(
                lambda n=name: n in acknowledged or sign_out(n).status == 200,  # type: ignore[misc]
                "the sign-out is acknowledged",
            )
        time.sleep(fleet.bound + 0.2)
    kinds = watch.check(acknowledged, excused=["a:", "b:"] if workers_die else [])
    for name in names[:3]:
        for machine in fleet.machines:
            answer = machine.ask("GET", "/probe", tokens[name])
            assert (answer.status, answer.code) == (401, "session_ended"), (machine.name, name)
    assert _lives(fleet, tokens["alive"])
    slowest = max(one.took for answers in watch.answers.values() for one in answers)
    print(
        f"\n{title}: {dict(sorted(kinds.items()))}; slowest {slowest:.2f} s; sign-out during: "
        f"{first[0].status} after {first[0].took:.2f} s; well again {recovered:.2f} s after"
    )
    return kinds


def _ask_again_where_cut_off(fleet: Fleet, token: str, *, workers_die: bool) -> Answer:
    """Sign out on machine a; where its worker died before it answered, another is asked."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask(fleet.a.port, "DELETE", "/api/auth/logout", token)
        except (OSError, http.client.HTTPException):
            if not workers_die or time.monotonic() > deadline:
                raise


def _lives(fleet: Fleet, token: str) -> bool:
    """Tell whether both machines let a live session in, several times in a row on each."""
    return all(
        ask(machine.port, "GET", "/probe", token).status == 200
        for machine in fleet.machines
        for _ in range(4)
    )
