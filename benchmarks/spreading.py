"""How long after a sign-out was answered another machine refuses its token (goals G7, G8).

Two machines (two data directories, one database) and one client. A process of its own listens to
the page of the second machine, which every request there looks at, and notes when it rings; the
clock is the system's monotonic one, which all processes share. Meanwhile wrk keeps the workers of
the second machine busy.
"""

import json
import mmap
import multiprocessing
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from tests.servers.mariadb import MariaDb
from tests.servers.places import free_port
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis

from benchmarks.clocks import percentile
from benchmarks.findings import Finding, Findings
from benchmarks.requests_per_second import OURS
from tigertally.storage.doorbell.page import _BEGUN_AT

SIGN_OUTS: Final = 150
PASSWORD: Final = "two halves make one"


def run() -> Findings:
    """Measure each kind of feed between two machines."""
    postgres, mariadb, redis = Postgres(), MariaDb(), Redis()
    try:
        for server in (postgres, mariadb, redis):
            server.start()
        for number, (name, server, bell) in enumerate(
            [
                ("PostgreSQL", postgres, None),
                ("PostgreSQL and Redis", postgres, redis),
                ("MariaDB and Redis", mariadb, redis),
                ("MariaDB", mariadb, None),
            ]
        ):
            server.create(f"spread{number}")
            settings = {
                "TALLY_DATABASE_URL": server.url(f"spread{number}"),
                "TALLY_SECRET": "a secret of machines that live for a minute",
                "TALLY_RATE_LIMITS": "off",
                **({"TALLY_REDIS_URL": bell.url()} if bell else {}),
            }
            for saturated in (False, True):
                yield from _measure(name, settings, saturated=saturated)
    finally:
        for server in (postgres, mariadb, redis):
            server.remove()


def _measure(name: str, settings: dict[str, str], *, saturated: bool) -> Findings:
    with machine(settings) as (here, _), machine(settings) as (there, folder):
        tokens = sign_in_many(here, SIGN_OUTS)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        listener = context.Process(target=_listen, args=(folder, theirs, len(tokens)), daemon=True)
        listener.start()
        ours.recv()
        load = _load(there) if saturated else None
        delays = []
        for token in tokens:
            call("DELETE", f"{here}/api/auth/logout", token)
            answered = time.monotonic_ns()
            rang = ours.recv()
            delays.append(max(0, rang - answered) / 1e6)
            time.sleep(0.02)
        listener.terminate()
        if load is not None:
            load.kill()
            load.wait()
    busy = "workers saturated" if saturated else "idle"
    goals = saturated and name.startswith("PostgreSQL")
    for share, label, wanted in ((0.5, "p50", 0.5), (0.99, "p99", 5.0), (1.0, "max", None)):
        goal = ("G8", wanted) if goals and wanted else ("", None)
        what = f"{name}, {busy}: answered → refused elsewhere, {label}"
        yield Finding("spreading", what, percentile(delays, share), "ms", *goal, "at most")


@contextmanager
def machine(settings: dict[str, str], *, workers: int = 1) -> Iterator[tuple[str, Path]]:
    """Run a service in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="tally-bench-"))
    port = free_port()
    command = [str(OURS / "tigertally"), "serve", "--port", str(port), "--workers", str(workers),
               "--data-dir", str(folder)]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=settings, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                call("GET", f"http://127.0.0.1:{port}/readyz", "")
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", folder
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def call(method: str, url: str, token: str, body: object = None) -> dict[str, object]:
    """Call once. Raises OSError for every answer that is a refusal."""
    request = urllib.request.Request(
        url,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, object] = json.loads(answer.read() or b"{}")
    return found


def sign_in_many(url: str, count: int) -> list[str]:
    """Open sessions of one account, and return their access tokens."""
    person = {"username": "hufu", "password": PASSWORD}
    with suppress(OSError):  # There from the round before.
        call("POST", f"{url}/api/auth/register", "", person)
    return [
        str(call("POST", f"{url}/api/auth/login", "", person)["access_token"]) for _ in range(count)
    ]


def _load(url: str) -> "subprocess.Popen[bytes]":
    command = ["wrk", "-t1", "-c8", "-d600s", f"{url}/healthz"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _listen(folder: Path, out: Connection, count: int) -> None:
    """Look at the page of a machine all the time, and send when it rang."""
    with (folder / "feed.doorbell").open("rb") as file:
        words = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).cast("Q")
    known = words[_BEGUN_AT]
    out.send("ready")
    for _ in range(count):
        while (found := words[_BEGUN_AT]) == known:
            time.sleep(0.0001)
        known = found
        out.send(time.monotonic_ns())
