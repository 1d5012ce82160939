"""The outage matrix: what breaks × how it breaks × when somebody signs out.

Two machines, a and b. On a, one session is signed out right before something breaks, another while
it is broken, a third after it is mended; all the while both machines are asked about all of them,
and about one that lives on. In each cell:

- what was acknowledged as ended is never let in by a request that began later than the bound;
- every request is answered in the contract's words, and in time;
- afterwards the machines serve again by themselves, and no acknowledged sign-out is lost.

`SECURITY.md` holds the table; `pytest -s` prints what was seen.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tests.machines.cells import Act, Fault, Ground, holder_of_the_head, run_cell
from tests.machines.conftest import fleet_over
from tests.machines.fleet import (
    go_on,
    stop,
)
from tests.servers.redis import Redis
from tests.servers.server import Server

pytestmark = pytest.mark.slow


over_each_database = pytest.mark.parametrize(
    "ground", ["postgres", "mariadb"], indirect=True, scope="module"
)
over_a_pooler = pytest.mark.parametrize("ground", ["pgbouncer"], indirect=True, scope="module")
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


def _redis(ground: Ground) -> Redis:
    assert ground.redis is not None
    return ground.redis


REDIS_FAULTS = {
    name: Fault(fault.begin, fault.end, reaches_a=False)
    for name, fault in _of_server(_redis).items()
} | {
    "flushed": Fault(lambda g: _redis(g).flush(), lambda g: None, reaches_a=False),
    "read-only": Fault(lambda g: _redis(g).follow(), lambda g: _redis(g).lead(), reaches_a=False),
    "full": Fault(
        lambda g: _redis(g).set_memory(1), lambda g: _redis(g).set_memory(0), reaches_a=False
    ),
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


def _one_worker_each(act: Callable[[psutil.Process], object]) -> Act:
    def do(ground: Ground) -> None:
        for machine in ground.fleet.machines:
            act(machine.workers()[0])

    return do


def _all_of_b(act: Callable[[psutil.Process], object]) -> Act:
    def do(ground: Ground) -> None:
        for process in ground.fleet.b.children():
            act(process)

    return do


def _remove_pages(ground: Ground) -> None:
    for machine in ground.fleet.machines:
        machine.page.unlink()


def _spoil_pages(ground: Ground) -> None:
    for machine in ground.fleet.machines:
        # In place: `write_bytes` would cut the page first, which is another fault.
        with machine.page.open("r+b") as page:
            page.write(b"\xff" * 4096)


def _cut_pages(ground: Ground) -> None:
    for machine in ground.fleet.machines:
        os.truncate(machine.page, 0)


MACHINE_FAULTS = {
    "feed process killed": Fault(
        _on_feeds(lambda feed: feed.kill()), lambda g: None, reaches_a=False
    ),
    "feed process paused": Fault(_on_feeds(stop), _on_feeds(go_on), reaches_a=False),
    "doorbell page removed": Fault(_remove_pages, lambda g: None, reaches_a=False),
    "doorbell page overwritten": Fault(_spoil_pages, lambda g: None, reaches_a=False),
}


FROZEN = {
    "a worker paused": Fault(_one_worker_each(stop), _one_worker_each(go_on)),
    "the other machine frozen": Fault(_all_of_b(stop), _all_of_b(go_on), reaches_a=False),
}


def assert_served(kinds: dict[str, int]) -> None:
    """People are served all the same: at most one answer in five is a 503.

    A check that must ask the database gives it a second, and a busy machine may need more. Without
    the fault's remedy, every answer while it lasts would be one: most of them all.
    """
    refused = sum(times for kind, times in kinds.items() if kind.startswith("503"))
    assert refused * 5 <= sum(kinds.values()), kinds


@pytest.mark.parametrize("fault", DATABASE_FAULTS)
@over_each_database
def test_the_database_is_out(fault: str, ground: Ground) -> None:
    """Nobody is let in on old evidence: the database is asked, and where it is silent, 503."""
    run_cell(ground, DATABASE_FAULTS[fault], f"{ground.kind} {fault}")


@pytest.mark.parametrize("fault", ["killed", "paused", "restarted"])
@over_a_pooler
def test_the_pooler_is_out(fault: str, ground: Ground) -> None:
    """As the database itself: what cannot be asked is no yes."""
    run_cell(ground, DATABASE_FAULTS[fault], f"pgbouncer {fault}")


@pytest.mark.parametrize("fault", REDIS_FAULTS)
@with_redis
def test_redis_is_out(fault: str, ground: Ground) -> None:
    """Redis is only a bell: nothing is refused for want of it, and nothing let in."""
    kinds = run_cell(ground, REDIS_FAULTS[fault], f"redis {fault}")
    assert_served(kinds)


@pytest.mark.parametrize("fault", MACHINE_FAULTS)
@over_each_database
def test_a_machines_own_feed_is_out(fault: str, ground: Ground) -> None:
    """Workers notice by themselves, ask the database for each request, and start another feed."""
    kinds = run_cell(ground, MACHINE_FAULTS[fault], f"{ground.kind} {fault}")
    assert_served(kinds)


@over_each_database
def test_a_page_cut_to_nothing_may_cost_workers_but_lets_nobody_in(ground: Ground) -> None:
    """Who looks at memory without a file is ended by the system; gunicorn starts another."""
    fault = Fault(_cut_pages, lambda g: None, reaches_a=False)
    run_cell(ground, fault, f"{ground.kind} doorbell page cut to nothing", workers_die=True)
    for machine in ground.fleet.machines:
        assert machine.page.stat().st_size == 4096


@pytest.mark.parametrize("fault", FROZEN)
@over_each_database
def test_a_worker_or_a_machine_is_frozen(fault: str, ground: Ground) -> None:
    """When it goes on it knows that its evidence is old; what it asked meanwhile may be a 503."""
    run_cell(ground, FROZEN[fault], f"{ground.kind} {fault}")


@pytest.mark.parametrize("how", ["killed", "paused"])
@over_each_database
def test_a_writer_that_holds_the_feed_head_is_lost(how: str, ground: Ground) -> None:
    """Its transaction ends in time for those who wait, and they sign out all the same."""
    url = ground.database.url(_database_name(ground))
    with holder_of_the_head(url) as holder:

        def lose(_: Ground) -> None:
            process = psutil.Process(holder.pid)
            if how == "killed":
                process.kill()
            else:
                stop(process)

        fault = Fault(lose, lambda g: None, reaches_a=False)
        kinds = run_cell(ground, fault, f"{ground.kind} lock holder {how}")
        assert_served(kinds)


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
        f"{ground.kind} {fault}, feed and a worker killed",
        # Whoever was talking to that worker is cut off.
        workers_die=True,
    )


def _database_fault(name: str) -> Fault:
    return DATABASE_FAULTS[name]


def _database_name(ground: Ground) -> str:
    return ground.fleet.a.database_url.rpartition("/")[2]
