"""Two machines that share a database, and somebody who asks them all the time who is signed in.

A machine is an instance of the service with a data directory of its own, hence with its own feed
process and doorbell page, and with a network of its own to the database, which can be cut.
"""

import http.client
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tests.proxies import Network
from tests.servers.places import free_port
from tests.waiting import PATIENCE, ask_until_served, is_alive, wait_until

from tigertally.storage.doorbell.machine import moment
from tigertally.storage.doorbell.page import _LEASE_AT

SILENCE = 0.25
"""TALLY_FEED_MAX_SILENCE of the machines, in seconds."""

MARGIN = 0.02
"""What the goal allows besides, in seconds."""

HANGS_AFTER = 60.0
"""Seconds: what takes longer hangs, however busy the machine is. The service itself gives up on a
database or a Redis after a few; without that, a silent connection lasts for many minutes."""

SECRET = "Jc1nqyx7mX0wq9sH3vZk5tRb8uLd2eGf4aYo6pWi"
PASSWORD = "two halves make one"

_INSTANCE = Path(__file__).with_name("instance.py")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when the question was sent and the answer complete."""

    began_at: float
    ended_at: float
    status: int
    code: str | None
    body: dict[str, Any]

    @property
    def status_code(self) -> int:
        """The status, as a test client's answer calls it."""
        return self.status

    @property
    def took(self) -> float:
        """How long it took, in seconds."""
        return self.ended_at - self.began_at


class Machine:
    """One machine with its processes."""

    def __init__(self, name: str, folder: Path, *, workers: int, settings: dict[str, str]) -> None:
        self.name = name
        self.port = free_port()
        self.data_dir = folder / name
        self._log = folder / f"{name}.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TALLY_")}
        environment |= settings | {
            "TALLY_DATA_DIR": str(self.data_dir),
            "TALLY_SECRET": SECRET,
            "TALLY_FEED_MAX_SILENCE": str(SILENCE),
            "TALLY_PASSWORD_COST": "testing",
        }
        self.database_url = environment.get("TALLY_DATABASE_URL", "")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(_INSTANCE), str(self.port), str(workers)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text("utf-8", "replace")

    def ask(self, method: str, path: str, token: str | None = None, body: object = None) -> Answer:
        """Send one request over a connection of its own."""
        return ask(self.port, method, path, token, body)

    def ask_until_served(
        self, method: str, path: str, token: str | None = None, body: object = None
    ) -> Answer:
        """Ask again while the answer is 503, as clients do: a busy database is no fault here."""
        return ask_until_served(lambda: self.ask(method, path, token, body))

    def is_up(self) -> bool:
        """Tell whether it serves, its database included."""
        with suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/readyz").status == 200
        return False

    def children(self) -> list[psutil.Process]:
        """Return all its processes but the first."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def feed(self) -> psutil.Process | None:
        """Return its feed process, if it has one."""
        for child in self.children():
            with suppress(psutil.Error):
                if "feed" in child.cmdline():
                    return child
        return None

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer requests."""
        children = psutil.Process(self._process.pid).children()
        return [child for child in children if is_alive(child)]

    @property
    def page(self) -> Path:
        """The doorbell page."""
        return self.data_dir / "feed.doorbell"

    def restart(self) -> None:
        """Exchange all workers for new ones, which know nothing but what they read."""
        self._process.send_signal(signal.SIGHUP)

    def is_running(self) -> bool:
        """Tell whether it was not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it and all that it started."""
        family = self.children() if self.is_running() else []
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=15)
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        self._process.kill()
        self._process.wait(timeout=PATIENCE)


def ask(port: int, method: str, path: str, token: str | None = None, body: object = None) -> Answer:
    """Send one request and read the whole answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body), "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.connect()
        began_at = time.monotonic()
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        text = response.read()
        ended_at = time.monotonic()
    finally:
        connection.close()
    answered = json.loads(text) if text else {}
    return Answer(began_at, ended_at, response.status, answered.get("code"), answered)


@dataclass
class Fleet:
    """Machines a and b, each with its network to the database (and to Redis)."""

    a: Machine
    b: Machine
    network_a: Network
    network_b: Network
    redis_network_a: Network | None = None
    redis_network_b: Network | None = None
    networked: bool = True
    """Whether its database is a server; over SQLite, a and b are instances on one machine."""
    _people: int = 0

    @property
    def machines(self) -> tuple[Machine, Machine]:
        """Both."""
        return self.a, self.b

    @property
    def bound(self) -> float:
        """Seconds after the answer in which a sign-out may be unknown to the other of the two."""
        return SILENCE + MARGIN if self.networked else 0.0

    def until_up(self, within: float = PATIENCE) -> float:
        """Wait until both serve and have a feed; return how long it took."""
        began_at = time.monotonic()
        for machine in self.machines:
            while not (machine.is_up() and (not self.networked or self._hears(machine))):
                assert machine.is_running(), machine.log[-3000:]
                assert time.monotonic() - began_at < within, machine.log[-3000:]
                time.sleep(0.05)
        return time.monotonic() - began_at

    @staticmethod
    def _hears(machine: Machine) -> bool:
        with suppress(OSError):
            lease: int = struct.unpack_from("=Q", machine.page.read_bytes(), 8 * _LEASE_AT)[0]
            return 0 <= moment() - lease < SILENCE * 1e9
        return False

    def sign_in(self, sessions: int) -> list[str]:
        """Open sessions of a new user; return their access tokens, known to both machines."""
        self._people += 1
        name = f"person{self._people}"
        who = {"username": name, "password": PASSWORD}
        assert self.a.ask("POST", "/api/auth/register", body=who).status == 201
        tokens = []
        for _ in range(sessions):
            answer = self.a.ask("POST", "/api/auth/login", body=who)
            assert answer.status == 200, answer
            tokens.append(str(answer.body["access_token"]))
        for token in tokens:
            for machine in self.machines:
                assert machine.ask("GET", "/probe", token).status == 200
        return tokens

    def end(self) -> None:
        """End everything."""
        for machine in self.machines:
            machine.end()
        for network in (
            self.network_a,
            self.network_b,
            self.redis_network_a,
            self.redis_network_b,
        ):
            if network is not None:
                network.end()


@dataclass
class Watch:
    """Asks all machines about all tokens, again and again, and remembers each answer."""

    fleet: Fleet
    tokens: dict[str, str]
    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def _run(self, machine: Machine) -> None:
        while not self._over.is_set():
            for name, token in self.tokens.items():
                try:
                    answer = machine.ask("GET", "/probe", token)
                except (OSError, http.client.HTTPException) as error:
                    self.broken.append(f"{machine.name}: {error!r}")
                    time.sleep(0.05)
                    continue
                self.answers.setdefault((machine.name, name), []).append(answer)
                if self._over.is_set():
                    return
            time.sleep(0.004)

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        """Ask until the block is left: two at a time on each machine."""
        threads = [
            threading.Thread(target=self._run, args=(machine,))
            for machine in self.fleet.machines
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join(timeout=PATIENCE)

    def until_answered(self) -> None:
        """Wait until each machine has answered about each token."""
        every = len(self.fleet.machines) * len(self.tokens)
        wait_until(lambda: len(self.answers) == every, "all are asked about all")

    def check(self, acknowledged: dict[str, float], *, excused: Sequence[str] = ()) -> Counter[str]:
        """Hold all answers against the promise; return how often each kind of answer came."""
        assert [one for one in self.broken if not one.startswith(tuple(excused) or "-")] == []
        kinds: Counter[str] = Counter()
        for (machine, name), answers in self.answers.items():
            for answer in answers:
                kinds[f"{answer.status} {answer.code or ''}".strip()] += 1
                assert answer.took < HANGS_AFTER, (machine, name, answer)
                assert _shape(answer), (machine, name, answer)
                too_late = acknowledged.get(name, float("inf")) + self.fleet.bound
                if answer.began_at > too_late:
                    late = answer.began_at - acknowledged[name]
                    assert answer.status != 200, f"{machine} let {name} in {late:.3f} s later"
        return kinds


def _shape(answer: Answer) -> bool:
    """Tell whether an answer to a probe is one of those the contract has."""
    if answer.status == 200:
        return set(answer.body) == {"session"}
    known = {401: {"session_ended"}, 503: {"verifier_unavailable", "upstream_unavailable"}}
    return (
        answer.code in known.get(answer.status, ())
        and answer.body["status"] == answer.status
        and bool(answer.body["message"])
    )


def stop(process: psutil.Process) -> None:
    """Stop a process as a debugger or a frozen machine would."""
    process.send_signal(signal.SIGSTOP)


def go_on(process: psutil.Process) -> None:
    """Let a stopped process go on."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGCONT)


def fail_with_logs(fleet: Fleet) -> None:
    """Show what the machines said."""
    for machine in fleet.machines:
        sys.stderr.write(f"--- {machine.name}\n{machine.log[-4000:]}\n")
