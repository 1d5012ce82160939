"""The outage matrix: what breaks × how it breaks × when somebody signs out.

Two machines, a and b. On a, one session is signed out right before something breaks, another while
it is broken, a third after it is mended; all the while both machines are asked about all of them,
and about one that lives on. In each cell:

- what was acknowledged as ended is never let in by a request that began later than the bound;
- every request is answered in the contract's words, and in time;
- afterwards the machines serve again by themselves, and no acknowledged sign-out is lost.

`SECURITY.md` holds the table; `pytest -s` prints what was seen.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.machines.conftest import fleet_over
from tests.machines.fleet import (
    ANSWERED_WITHIN,
    MARGIN,
    SILENCE,
    Answer,
    Fleet,
    Watch,
    ask,
    fail_with_logs,
    go_on,
    stop,
)
from tests.servers import Database, Redis, Server

BROKEN_FOR = 2.0
"""Seconds: eight times the allowed silence."""

pytestmark = pytest.mark.slow


@dataclass
class Ground:
    """What a cell stands on: two machines, their database, and a Redis where they use one."""

    fleet: Fleet
    database: Database
    redis: Redis | None


over_each_database = pytest.mark.parametrize(
    "ground", ["postgres", "mariadb"], indirect=True, scope="module"
)
with_redis = pytest.mark.parametrize("ground", ["mariadb and redis"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """Two machines over each database, shared by all cells: each must leave them well."""
    engine, _, redis_too = request.param.partition(" and ")
    database = request.getfixturevalue(engine)
    redis = request.getfixturevalue("redis_server") if redis_too else None
    folder: Path = tmp_path_factory.mktemp("machines")
    with fleet_over(database, folder, redis=redis) as fleet:
        yield Ground(fleet, database, redis)


Act = Callable[[Ground], object]


@dataclass(frozen=True)
class Fault:
    """A way to break something, and to mend it."""

    begin: Act
    end: Act
    reaches_a: bool = True
    """Whether a sign-out on machine a meets it as well."""


def _of_server(which: Callable[[Ground], Server | None]) -> dict[str, Fault]:
    def server(ground: Ground) -> Server:
        found = which(ground)
        assert found is not None
        return found

    def restart(ground: Ground) -> None:
        server(ground).restart()

    return {
        "killed": Fault(lambda g: server(g).kill(), lambda g: server(g).start()),
        "paused": Fault(lambda g: server(g).pause(), lambda g: server(g).resume()),
        "restarted": Fault(restart, lambda g: None),
    }


DATABASE_FAULTS = _of_server(lambda g: g.database) | {
    "cut off (rejected)": Fault(
        lambda g: g.fleet.network_b.cut(), lambda g: g.fleet.network_b.heal(), reaches_a=False
    ),
    "cut off (silent)": Fault(
        lambda g: g.fleet.network_b.stall(), lambda g: g.fleet.network_b.heal(), reaches_a=False
    ),
    "cut off on the other side": Fault(
        lambda g: g.fleet.network_a.stall(), lambda g: g.fleet.network_a.heal()
    ),
}


def _redis_network(act: str) -> Act:
    def do(ground: Ground) -> None:
        for network in (ground.fleet.redis_network_a, ground.fleet.redis_network_b):
            assert network is not None
            getattr(network, act)()

    return do


REDIS_FAULTS = {
    name: Fault(fault.begin, fault.end, reaches_a=False)
    for name, fault in _of_server(lambda g: g.redis).items()
} | {
    "cut off (rejected)": Fault(_redis_network("cut"), _redis_network("heal"), reaches_a=False),
    "cut off (silent)": Fault(_redis_network("stall"), _redis_network("heal"), reaches_a=False),
}


def _feeds(ground: Ground) -> list[psutil.Process]:
    feeds = [machine.feed() for machine in ground.fleet.machines]
    assert all(feeds)
    return [feed for feed in feeds if feed]


def _on_feeds(act: Callable[[psutil.Process], object]) -> Act:
    def do(ground: Ground) -> None:
        for feed in _feeds(ground):
            act(feed)

    return do


def _remove_pages(ground: Ground) -> None:
    for machine in ground.fleet.machines:
        machine.page.unlink()


def _spoil_pages(ground: Ground) -> None:
    for machine in ground.fleet.machines:
        machine.page.write_bytes(b"\xff" * 4096)


MACHINE_FAULTS = {
    "feed process killed": Fault(
        _on_feeds(lambda feed: feed.kill()), lambda g: None, reaches_a=False
    ),
    "feed process paused": Fault(_on_feeds(stop), _on_feeds(go_on), reaches_a=False),
    "doorbell page removed": Fault(_remove_pages, lambda g: None, reaches_a=False),
    "doorbell page overwritten": Fault(_spoil_pages, lambda g: None, reaches_a=False),
}


@pytest.mark.parametrize("fault", DATABASE_FAULTS)
@over_each_database
def test_the_database_is_out(fault: str, ground: Ground) -> None:
    """Nobody is let in on old evidence: the database is asked, and where it is silent, 503."""
    run_cell(ground, DATABASE_FAULTS[fault], f"{ground.database.kind} {fault}")


@pytest.mark.parametrize("fault", REDIS_FAULTS)
@with_redis
def test_redis_is_out(fault: str, ground: Ground) -> None:
    """Redis is only a bell: nothing is refused for want of it, and nothing let in."""
    kinds = run_cell(ground, REDIS_FAULTS[fault], f"redis {fault}")
    assert not [kind for kind in kinds if kind.startswith("503")]


@pytest.mark.parametrize("fault", MACHINE_FAULTS)
@over_each_database
def test_a_machines_own_feed_is_out(fault: str, ground: Ground) -> None:
    """Workers notice by themselves, ask the database for each request, and start another feed."""
    kinds = run_cell(ground, MACHINE_FAULTS[fault], f"{ground.database.kind} {fault}")
    assert not [kind for kind in kinds if kind.startswith("503")]


@pytest.mark.parametrize("how", ["killed", "paused"])
@over_each_database
def test_who_holds_the_head_of_the_feed_is_lost(how: str, ground: Ground) -> None:
    """Its transaction ends in time for those who wait, and they sign out all the same."""
    url = ground.database.url(_database_name(ground))
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, url], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"

        def lose(_: Ground) -> None:
            process = psutil.Process(holder.pid)
            if how == "killed":
                process.kill()
            else:
                stop(process)

        fault = Fault(lose, lambda g: None, reaches_a=False)
        kinds = run_cell(ground, fault, f"{ground.database.kind} lock holder {how}")
        assert not [kind for kind in kinds if kind.startswith("503")]
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


@pytest.mark.parametrize("fault", ["killed", "paused"])
@over_each_database
def test_a_feed_that_is_lost_while_the_database_is_out_comes_back_with_it(
    fault: str, ground: Ground
) -> None:
    """One that was started meanwhile waits for the database, as do workers."""

    def begin(ground: Ground) -> None:
        _database_fault(fault).begin(ground)
        _on_feeds(lambda feed: feed.kill())(ground)
        # One worker of each machine as well: gunicorn starts another, which finds no database.
        for machine in ground.fleet.machines:
            machine.workers()[0].kill()

    run_cell(
        ground,
        Fault(begin, _database_fault(fault).end),
        f"{ground.database.kind} {fault}, feed and a worker killed",
        # Whoever was talking to that worker is cut off.
        workers_die=True,
    )


def _database_fault(name: str) -> Fault:
    return DATABASE_FAULTS[name]


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


def _database_name(ground: Ground) -> str:
    environment = psutil.Process(ground.fleet.a.workers()[0].pid).environ()
    return environment["TALLY_DATABASE_URL"].rpartition("/")[2]


# --------------------------------------------------------------------------------------------


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
        answer = ask(fleet.a.port, "DELETE", "/api/auth/logout", tokens[name])
        assert answer.took < ANSWERED_WITHIN, answer
        if answer.status == 200:
            acknowledged.setdefault(name, answer.ended_at)
        else:
            assert answer.code in {"upstream_unavailable", "verifier_unavailable"}, answer
        return answer

    watch = Watch(fleet, tokens)
    with watch.running():
        time.sleep(0.1)
        assert sign_out("before").status == 200
        fault.begin(ground)
        first = []
        trying = threading.Thread(target=lambda: first.append(sign_out("during")))
        trying.start()
        time.sleep(BROKEN_FOR)
        mended_at = time.monotonic()
        fault.end(ground)
        trying.join(timeout=ANSWERED_WITHIN + 1)
        assert first, "the sign-out during the outage hung"
        if not fault.reaches_a:
            assert first[0].status == 200, first
        _until(lambda: _lives(fleet, tokens["alive"]), within=20)
        recovered = time.monotonic() - mended_at
        fleet.until_up(within=30)
        while "during" not in acknowledged:
            sign_out("during")
        assert sign_out("after").status == 200
        time.sleep(SILENCE + MARGIN + 0.2)
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


def _lives(fleet: Fleet, token: str) -> bool:
    """Tell whether both machines let a live session in, several times in a row on each."""
    return all(
        ask(machine.port, "GET", "/probe", token).status == 200
        for machine in fleet.machines
        for _ in range(4)
    )


def _until(what: Callable[[], bool], *, within: float) -> None:
    deadline = time.monotonic() + within
    while not what():
        assert time.monotonic() < deadline, "the machines did not recover"
        time.sleep(0.05)
