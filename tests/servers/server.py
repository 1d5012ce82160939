"""Real servers, on private ports and in private folders, ended whatever happens.

Nothing that runs on the machine already is used or touched.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.servers.places import free_port, memory
from tests.waiting import PATIENCE


def until(what: Callable[[], object], *, within: float = PATIENCE) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


class Server(ABC):
    """A server in a folder of its own."""

    unprivileged: str | None = None
    """The account that it runs as where we are root, because it refuses to be root."""

    def __init__(self, name: str) -> None:
        self.port = free_port()
        # Not below pytest's folders: those only their owner may enter.
        self.folder = Path(tempfile.mkdtemp(prefix=f"tally-{name}-", dir=memory()))
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._account = self.unprivileged if os.geteuid() == 0 else None
        if self._account:
            account = pwd.getpwnam(self._account)
            os.chown(self.folder, account.pw_uid, account.pw_gid)

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return how it is started."""

    @abstractmethod
    def check(self) -> None:
        """Raise while it does not answer."""

    def start(self) -> None:
        """Start it, unless it runs, and return once it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            self._process = self._popen(self.command(), log.fileno())
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.check()
            except Exception:  # noqa: BLE001 - whatever it is: it is not up yet
                if self._process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{type(self).__name__} does not start:\n{self._last_words()}")
                time.sleep(0.02)
            else:
                return

    def _popen(self, command: Sequence[str], output: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            # Not everybody's: a MariaDB that starts removes the temporary tables it finds there.
            env={**os.environ, "TMPDIR": str(self.folder)},
            user=self._account,
            group=pwd.getpwnam(self._account).pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            # As a service manager would: Postfix, for one, reads its folders as another account.
            umask=0o022,
        )

    def _run(self, command: Sequence[str]) -> None:
        with self.log.open("ab") as log:
            process = self._popen(command, log.fileno())
        if process.wait(timeout=PATIENCE) != 0:
            pytest.fail(f"{command[0]} failed:\n{self._last_words()}")

    def _last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:]

    @property
    def pid(self) -> int:
        """The main process."""
        assert self._process is not None
        return self._process.pid

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.pid)
            return [main, *main.children(recursive=True)]
        return []

    def _signal(self, number: int) -> None:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would: no farewell to anybody, nothing written."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=PATIENCE)

    def pause(self) -> None:
        """Stop all its processes; its sockets stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """End it in an orderly way, and start it again."""
        assert self._process is not None
        self._process.send_signal(self.stop_signal)
        self._process.wait(timeout=PATIENCE)
        self.start()

    stop_signal = signal.SIGTERM

    def remove(self) -> None:
        """End it, and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self.resume()
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Database(Server):
    """A server that holds databases."""

    kind: str

    @abstractmethod
    def create(self, name: str) -> None:
        """Make an empty database."""

    @abstractmethod
    def copy(self, name: str, *, of: str) -> None:
        """Make a database with the schema and the rows of another, which nobody uses."""

    @abstractmethod
    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address, at another port where something lies between."""

    def service_url(self, name: str, *, port: int | None = None) -> str:
        """Return its address for an account that may do what a service's should."""
        return self.url(name, port=port)

    @abstractmethod
    def run(self, *statements: str) -> object:
        """Run statements as its owner; return the first column of the last one's first row."""

    @abstractmethod
    def set_read_only(self, *, on: bool) -> None:
        """Set it read-only by hand, or back."""

    @abstractmethod
    def replicate(self) -> "Database":
        """Start a replica of it: what is written here is written there too, until it is held."""

    @abstractmethod
    def hold(self) -> None:
        """On a replica: take in nothing more of what the primary writes."""

    @abstractmethod
    def follow(self) -> None:
        """On a replica: take it in again."""
