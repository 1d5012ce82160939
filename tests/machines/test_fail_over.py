"""A name that leads to a server which answers and does not know everything: standby and replica.

The same cells as in `test_outages.py`: what was acknowledged as ended is never let in later than
the bound, every request is answered in the contract's words, and afterwards the machines serve
again by themselves. Machine b is the one that is misled; the sign-outs happen on machine a.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.machines.cells import Fault, Ground, run_cell
from tests.machines.conftest import fleet_over
from tests.machines.fleet import Fleet
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.server import Database, until

pytestmark = pytest.mark.slow

over_each_pair = pytest.mark.parametrize(
    "ground", ["postgres", "mariadb"], indirect=True, scope="module"
)


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """Two machines over a primary that has a replica."""
    primary: Database = Postgres() if request.param == "postgres" else MariaDb(logs=True)
    servers = [primary]
    try:
        primary.start()
        servers.append(primary.replicate())
        with fleet_over(primary, tmp_path_factory.mktemp("machines")) as fleet:
            yield Ground(fleet, primary, replica=servers[1])
    finally:
        for server in servers:
            server.remove()


def _replica(ground: Ground) -> Database:
    assert ground.replica is not None
    return ground.replica


def _mislead(*, wholly: bool) -> Fault:
    """Lead machine b to a replica that is held, at once; and back, with its connections left."""

    def begin(ground: Ground) -> None:
        replica, network = _replica(ground), ground.fleet.network_b
        replica.hold()
        network.lead_to(*([] if wholly else [ground.database.port]), replica.port)
        network.break_all()

    def end(ground: Ground) -> None:
        ground.fleet.network_b.lead_to(ground.database.port)
        _replica(ground).follow()

    return Fault(begin, end, reaches_a=False)


FAULTS = {
    "the name leads to a replica": _mislead(wholly=True),
    "every other connection leads to a replica": _mislead(wholly=False),
    "the server is set read-only": Fault(
        lambda ground: ground.database.set_read_only(on=True),
        lambda ground: ground.database.set_read_only(on=False),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@over_each_pair
def test_a_server_that_takes_no_writes_is_not_believed(fault: str, ground: Ground) -> None:
    """Whatever it answers: who is let in was let in by one that would know."""
    run_cell(ground, FAULTS[fault], f"{ground.kind} {fault}")


@over_each_pair
def test_readiness_says_that_nothing_can_be_written_and_when_it_can(ground: Ground) -> None:
    """A balancer takes the machine out, and puts it back, by that word alone."""
    fleet, fault = ground.fleet, FAULTS["the name leads to a replica"]
    fleet.until_up()
    fault.begin(ground)
    try:
        until(lambda: fleet.b.ask("GET", "/readyz").status == 503)
        answer = fleet.b.ask("GET", "/readyz")
        assert answer.body["checks"]["database"] != "ok", answer
        assert fleet.a.ask("GET", "/readyz").status == 200
    finally:
        fault.end(ground)
    until(lambda: fleet.b.ask("GET", "/readyz").status == 200)


class _Pair:
    """Two PostgreSQL servers, of which one is the primary."""

    def __init__(self) -> None:
        self.first = Postgres()
        self.first.start()
        self.second = self.first.replicate()

    def switch(self, old: Postgres, new: Postgres) -> None:
        """Let the standby take over, and the old primary follow it, but no further than now."""
        old.stop()
        new.promote()
        old.stand_by(new)
        until(lambda: new.run("SELECT count(*) FROM pg_stat_replication") == 1)
        old.hold()

    def remove(self) -> None:
        """End both."""
        self.first.remove()
        self.second.remove()


@pytest.fixture
def pair() -> Iterator[_Pair]:
    """A primary and its standby."""
    found = _Pair()
    try:
        yield found
    finally:
        found.remove()


def test_a_fail_over_and_back_needs_no_restart_and_lets_nobody_in(
    pair: _Pair, tmp_path: Path
) -> None:
    """The name of one machine goes on leading to the old primary, which is a standby now."""
    with fleet_over(pair.first, tmp_path) as fleet:
        ground = Ground(fleet, pair.first)
        for old, new in ((pair.first, pair.second), (pair.second, pair.first)):

            def begin(_: Ground, old: Postgres = old, new: Postgres = new) -> None:
                pair.switch(old, new)
                fleet.network_a.lead_to(new.port)
                fleet.network_b.lead_to(old.port)
                # Each of its workers finds the new primary by itself.
                until(lambda: all(fleet.a.is_up() for _ in range(8)))

            def end(_: Ground, old: Postgres = old, new: Postgres = new) -> None:
                fleet.network_b.lead_to(new.port)
                old.follow()

            run_cell(ground, Fault(begin, end), "fail-over")


def test_a_fail_over_that_lost_commits_hides_no_later_sign_out(pair: _Pair, tmp_path: Path) -> None:
    """Positions of the feed that were lost are given again: each sign-out since is effective."""
    with fleet_over(pair.first, tmp_path) as fleet:
        lost, kept = fleet.sign_in(3), fleet.sign_in(3)
        until(lambda: _replayed(pair))
        pair.second.stop()
        for token in lost:
            assert fleet.a.ask("DELETE", "/api/auth/logout", token).status == 200
        pair.first.kill()
        pair.second.start()
        pair.second.promote()
        for network in (fleet.network_a, fleet.network_b):
            network.lead_to(pair.second.port)
        fleet.until_up()
        for token in kept:
            _sign_out(fleet, token)
        _nobody_of(kept, fleet)


def _replayed(pair: _Pair) -> bool:
    sent = pair.first.run("SELECT pg_current_wal_lsn()")
    return pair.second.run("SELECT pg_last_wal_replay_lsn()") == sent


def _sign_out(fleet: Fleet, token: str) -> None:
    until(lambda: fleet.a.ask("DELETE", "/api/auth/logout", token).status == 200)


def _nobody_of(tokens: list[str], fleet: Fleet) -> None:
    time.sleep(fleet.bound)
    for token in tokens:
        for machine in fleet.machines:
            assert machine.ask("GET", "/probe", token).code == "session_ended"
