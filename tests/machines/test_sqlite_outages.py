"""What can break where there is no server: processes, and the file. Nothing is ever let in late.

Two instances share one file and one doorbell page, so a sign-out is effective for the next request.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest
from tests.machines.cells import Act, Fault, Ground, holder_of_the_head, run_cell
from tests.machines.conftest import instances_over_sqlite
from tests.machines.fleet import go_on, stop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Two instances, shared by all cells: each must leave them well."""
    with instances_over_sqlite(tmp_path_factory.mktemp("instances")) as fleet:
        yield Ground(fleet, None)


def _on_workers(act: Callable[[psutil.Process], object]) -> Act:
    def do(ground: Ground) -> None:
        for machine in ground.fleet.machines:
            act(machine.workers()[0])

    return do


def _restart(ground: Ground) -> None:
    for machine in ground.fleet.machines:
        machine.restart()


@pytest.mark.parametrize("how", ["killed", "paused", "restarted"])
def test_processes_are_out(how: str, ground: Ground) -> None:
    """One worker of each instance is killed or paused, or all are exchanged."""
    faults = {
        "killed": Fault(_on_workers(lambda one: one.kill()), lambda g: None),
        "paused": Fault(_on_workers(stop), _on_workers(go_on)),
        "restarted": Fault(_restart, lambda g: None),
    }
    # Whoever was talking to a worker that goes is cut off.
    run_cell(ground, faults[how], f"sqlite worker {how}", workers_die=how != "paused")


@pytest.mark.parametrize("how", ["killed", "paused"])
def test_a_writer_is_lost(how: str, ground: Ground) -> None:
    """Killed, its transaction is undone at once; paused, others are told so in time."""
    url = ground.fleet.a.database_url
    with ExitStack() as held:

        def lose(_: Ground) -> None:
            writer = psutil.Process(held.enter_context(holder_of_the_head(url)).pid)
            writer.kill() if how == "killed" else stop(writer)

        run_cell(ground, Fault(lose, lambda g: held.close()), f"sqlite writer {how}")
