"""The product as running processes, and callers that speak HTTP to it through the standard library.

Which worker answers is not left to chance. A connection belongs to the worker that accepted it, for
its whole life: `Service.lines` opens one to each worker, while all others are stopped by SIGSTOP,
and then looks up in ``/proc`` (through psutil) that this very process holds the other end. The
product needs no feature for that, and a test that uses every line has used every worker.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
from tests.waiting import PATIENCE, is_alive, wait_until

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        """The contract's code, of an error."""
        return self.body.get("code") if isinstance(self.body, dict) else None

    @property
    def verdict(self) -> tuple[int, str | None, str | None]:
        """Status, code and reason in one: what an assertion wants to show."""
        reason = self.body.get("reason") if isinstance(self.body, dict) else None
        return self.status, self.code, reason


ENDED = (401, "session_ended")


class Line:
    """One connection, kept open."""

    def __init__(self, port: int, *, pid: int = 0, patience: float = PATIENCE) -> None:
        self.pid = pid
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        self._connection.connect()
        self.local_port: int = self._connection.sock.getsockname()[1]
        # Head and body go out in one piece, or Nagle's algorithm waits 40 ms between them.
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        """Send a request and read the whole answer. Nothing is ever sent twice."""
        self.send(method, path, body, **options)
        return self.receive()

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a request."""
        sent = dict(headers or {})
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        self._connection.auto_open = 0
        self._connection.request(method, path, payload, sent)

    def receive(self) -> Answer:
        """Read the whole answer to what was sent."""
        response = self._connection.getresponse()
        text = response.read()
        is_json = "json" in (response.getheader("Content-Type") or "")
        return Answer(
            response.status, json.loads(text) if is_json else text, dict(response.getheaders())
        )

    def be_patient(self) -> None:
        """Wait for each later answer as long as tests do."""
        self._connection.sock.settimeout(PATIENCE)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Service:
    """One `tigertally serve`, or another gunicorn, on a port of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int,
        log: Path,
        environ: Mapping[str, str],
        cwd: Path | None = None,
        ready: str = "/readyz",
    ) -> None:
        self.port = port
        self.log = log
        self._ready = ready
        with log.open("ab") as output:
            # A group of its own: what is ended later is what was started here, and nothing else.
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environ,
                cwd=cwd,
                start_new_session=True,
            )

    def wait_ready(self, *, workers: int, deadline: float = PATIENCE) -> None:
        """Return once it answers that it is ready, with all its workers there."""
        wait_until(lambda: self._is_ready(workers), "the service is ready", deadline=deadline)

    def _is_ready(self, workers: int) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended by itself\n{self.read_log()}")
        try:
            return (
                self.call("GET", self._ready).status == 200 and len(self.worker_pids()) >= workers
            )
        except OSError:
            return False

    def read_log(self) -> str:
        """Return what it has written."""
        return self.log.read_text(errors="replace")

    def worker_pids(self) -> list[int]:
        """Return its worker processes."""
        return sorted(worker.pid for worker in self._workers())

    def _workers(self) -> list[psutil.Process]:
        try:
            children = psutil.Process(self.process.pid).children()
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if is_alive(child)]

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        """Send one request on a connection of its own."""
        with Line(self.port) as line:
            return line.call(method, path, body, **options)

    @contextlib.contextmanager
    def lines(self) -> Iterator[list[Line]]:
        """Open one connection to each worker; see the top of this file."""
        found: list[Line] = []
        try:
            for pid in self.worker_pids():
                line = self.line_to(pid)
                found.append(line)
            yield found
        finally:
            for line in found:
                line.close()

    def line_to(self, pid: int) -> Line:
        """Open a connection to this worker.

        A stopped worker may hold a lock that this one needs, most of all while both start. So all
        go on after a while, and the next try gives this one more time.
        """
        seconds = 1.0
        while True:
            line = self._try_line_to(pid, seconds)
            if line is not None:
                break
            seconds *= 2
            assert seconds < PATIENCE, f"worker {pid} answers nothing"
        held = psutil.Process(pid).net_connections("tcp")
        assert line.local_port in {each.raddr.port for each in held if each.status == "ESTABLISHED"}
        return line

    def _try_line_to(self, pid: int, seconds: float) -> Line | None:
        """Open a connection to this worker, or return `None` if it does not answer in time."""
        others = [other for other in self._workers() if other.pid != pid]
        try:
            for other in others:
                with contextlib.suppress(psutil.NoSuchProcess):
                    other.suspend()
            line = Line(self.port, pid=pid, patience=seconds)
            try:
                answer = line.call("GET", "/healthz")
            except TimeoutError:
                line.close()
                return None
        finally:
            for other in others:
                with contextlib.suppress(psutil.NoSuchProcess):
                    other.resume()
        assert answer.status in {200, 404}
        line.be_patient()
        return line

    def together(self, count: int, act: Callable[[int], Answer]) -> list[Answer]:
        """Do something `count` times at once."""
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(act, range(count)))

    def stop(self, *, deadline: float = PATIENCE) -> int:
        """Ask it to end, as an operator would, and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(deadline)

    def kill_all(self) -> None:
        """End every process of its group at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        wait_until(lambda: not group_members(self.process.pid), "the last process is gone")

    # What most tests begin with.

    def register(self, username: str, password: str = PASSWORD) -> Answer:
        """Make an account."""
        return self.call("POST", "/api/auth/register", {"username": username, "password": password})

    def login(self, username: str, password: str = PASSWORD, **more: Any) -> Answer:
        """Sign in; `nonce` makes a bound session, `device` says what kind of device."""
        nonce = more.pop("nonce", None)
        body = {"username": username, "password": password, **more}
        headers = {"Tally-Nonce": nonce} if nonce else {}
        return self.call("POST", "/api/auth/login", body, headers=headers)

    def refresh(self, token: str, *, nonce: str | None = None) -> Answer:
        """Exchange a refresh token."""
        headers = {"Tally-Nonce": nonce} if nonce else {}
        return self.call("POST", "/api/auth/refresh", token=token, headers=headers)

    def logout(self, token: str) -> Answer:
        """Sign out with either half."""
        return self.call("DELETE", "/api/auth/logout", token=token)


def probe_memory(line: Line | Service, token: str) -> Answer:
    """Ask for something that is refused before any row is read.

    `GET /api/me` would not do: it reads the session's row, and so refuses an ended session even
    where the verifier missed it. A change of the profile with a body that cannot be accepted is
    answered 401 by the verifier, out of its memory, or else 400: no row is read on that way.
    """
    return line.call("PATCH", "/api/me", {"locale": 5}, token=token)


def group_members(group: int) -> list[int]:
    """Return the processes of a group that still run."""
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            alive = process.info["status"] != psutil.STATUS_ZOMBIE
            if alive and os.getpgid(process.info["pid"]) == group:
                found.append(process.info["pid"])
    return found
