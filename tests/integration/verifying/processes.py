"""Programs in processes of their own, which tests suspend and wake."""

import os
import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.integration.command_line import clean_environment
from tests.integration.service import Line, group_members
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[3]


class Program:
    """A process, or a group of them, that listens on a port."""

    def __init__(
        self, command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]
    ) -> None:
        self.port = port
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean_environment(**environment),
                cwd=ROOT,
                start_new_session=True,
            )
        wait_until(self._answers, f"{command[0]} answers; see {log}")

    def suspend(self) -> None:
        """Stop it where it is; return once that is so."""
        suspend(self._process.pid)

    def wake(self) -> None:
        """Let it go on."""
        wake(self._process.pid)

    def end(self) -> int:
        """End it, and return how it ended."""
        self.wake()
        self._process.terminate()
        return self._process.wait(PATIENCE)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "it ended by itself"
        try:
            with Line(self.port) as line:
                return line.call("GET", "/").status > 0
        except OSError:
            return False


def suspend(group: int) -> None:
    """Stop all processes of a group where they are; return once that is so."""
    os.killpg(group, signal.SIGSTOP)
    stands = {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
    wait_until(
        lambda: all(psutil.Process(pid).status() in stands for pid in group_members(group)),
        "all of it stands still",
    )


def wake(group: int) -> None:
    """Let all processes of a group go on."""
    os.killpg(group, signal.SIGCONT)


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    *,
    ends: Collection[int] = (0, -signal.SIGTERM),
) -> Iterator[Program]:
    """Run a program, and see how it ends when it is asked to."""
    program = Program(command, port, log, environment or {})
    code = None
    try:
        yield program
    finally:
        code = program.end()
    assert code in ends
