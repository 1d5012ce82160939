"""Protected requests per second, of whole servers beside each other (goals G1 to G4).

Each contender is one worker process with four threads (FastAPI: one event loop). They take turns of
two seconds under wrk; a figure is the median over the turns of its ratio to bare Flask in the same
turn, so that a busy minute of the machine hits all alike.
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.servers.mariadb import MariaDb
from tests.servers.places import free_port
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis

from benchmarks.findings import Finding, Findings

ROOT: Final = Path(__file__).parents[1]
PEERS: Final = ROOT / ".cache" / "bench" / "bin"
OURS: Final = Path(sys.executable).parent
ROUNDS: Final = 5
SECONDS: Final = 2
FIRST_SIGHTS: Final = 60_000
_WITH_OURS: Final = {"jwt_application", "tigertally_app"}
"""What runs in the product's environment."""

# Sends each token once, and starts over when all are used up.
_LUA: Final = """
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local next = 0
function request()
  next = next % #tokens + 1
  return wrk.format("GET", nil, { Authorization = "Bearer " .. tokens[next] })
end
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """One server of the comparison."""

    name: str
    module: str
    environment: dict[str, str] = field(default_factory=dict)
    asgi: bool = False
    first_sight: bool = False

    def command(self, port: int) -> Sequence[str]:
        """Return how it is started."""
        home = OURS if self.module in _WITH_OURS else PEERS
        target, bind = f"benchmarks.peers.{self.module}:app", f"127.0.0.1:{port}"
        if self.asgi:
            return [str(home / "uvicorn"), target, "--port", str(port), "--log-level", "error"]
        return [str(home / "gunicorn"), "--threads", "4", "--bind", bind, "--log-level", "error",
                "--worker-class", "gthread", target]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs, and how wrk shall ask it."""

    contender: Contender
    url: str
    header: str
    tokens: Path | None

    def rate(self, tokens: Path | None = None) -> float:
        """Return requests per second over one turn, each with another of these tokens."""
        command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", f"{self.url}/protected"]
        environment = dict(os.environ)
        if tokens is not None:
            command += ["-s", str(tokens.with_name("once.lua"))]
            environment["TOKENS"] = str(tokens)
        elif self.header:
            command += ["-H", self.header]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        if "Non-2xx" in done.stdout:
            raise RuntimeError(f"{self.contender.name} refuses: {done.stdout}")
        found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        if found is None:
            raise RuntimeError(done.stdout)
        return float(found[1])


@contextmanager
def started(contender: Contender, folder: Path) -> Iterator[Running]:
    """Run one server, and end it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **contender.environment}
    with log.open("wb") as out:
        process = subprocess.Popen(
            contender.command(port), cwd=ROOT, env=environment, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    try:
        header = _header(url, until=time.monotonic() + 60)
        tokens = _tokens(url, folder) if contender.first_sight else None
        yield Running(contender, url, header, tokens)
    except Exception:
        sys.stderr.write(log.read_text(errors="replace")[-3000:])
        raise
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _header(url: str, *, until: float) -> str:
    """Sign in, and return the header that every request carries from then on."""
    while True:
        try:
            with urllib.request.urlopen(f"{url}/token", timeout=30) as answer:
                found = json.load(answer)
                cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
                return f"{found['name']}: {found['value'] or cookie}"
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _tokens(url: str, folder: Path) -> Path:
    path = folder / "tokens"
    with urllib.request.urlopen(f"{url}/tokens?count={FIRST_SIGHTS}", timeout=300) as answer:
        path.write_text("\n".join(json.load(answer)))
    (folder / "once.lua").write_text(_LUA)
    return path


def run() -> Findings:
    """Measure all contenders in turns."""
    with ExitStack() as stack:
        postgres, mariadb, redis = Postgres(), MariaDb(), Redis()
        for server in (postgres, mariadb, redis):
            stack.callback(server.remove)
            server.start()
        for database in ("ours", "ours_bell", "peers"):
            postgres.create(database)
        mariadb.create("ours")
        ours = {"TALLY_SECRET": os.urandom(32).hex()}
        contenders = [
            Contender("bare Flask", "bare_flask"),
            Contender("Tiger Tally, SQLite", "tigertally_app", ours),
            Contender(
                "Tiger Tally, PostgreSQL",
                "tigertally_app",
                {**ours, "TALLY_DATABASE_URL": postgres.url("ours")},
            ),
            Contender(
                "Tiger Tally, PostgreSQL and Redis",
                "tigertally_app",
                {
                    **ours,
                    "TALLY_DATABASE_URL": postgres.url("ours_bell"),
                    "TALLY_REDIS_URL": redis.url(),
                },
            ),
            Contender(
                "Tiger Tally, MariaDB",
                "tigertally_app",
                {**ours, "TALLY_DATABASE_URL": mariadb.url("ours")},
            ),
            Contender(
                "Tiger Tally, each token seen for the first time (HS256)",
                "tigertally_app",
                {**ours, "TALLY_TOKEN_ALGORITHM": "HS256"},
                first_sight=True,
            ),
            Contender("Flask-JWT-Extended, no sign-out", "flask_jwt_extended_app"),
            Contender(
                "Flask-JWT-Extended, Redis blocklist",
                "flask_jwt_extended_app",
                {"BLOCKLIST": redis.url()},
            ),
            Contender(
                "Flask-JWT-Extended, PostgreSQL blocklist",
                "flask_jwt_extended_app",
                {"BLOCKLIST": postgres.url("peers")},
            ),
            Contender("Flask-Login, Redis sessions", "flask_login_app", {"BLOCKLIST": redis.url()}),
            Contender("Django REST framework, simplejwt", "simplejwt_app"),
            Contender("FastAPI Users, JWT", "fastapi_users_app", asgi=True),
        ]
        ratios = _turns(stack, contenders)
    yield from _findings(ratios)


def _turns(stack: ExitStack, contenders: Sequence[Contender]) -> dict[str, float]:
    """Return the median ratio of each to bare Flask in the same turn."""
    running: list[Running] = []
    for contender in contenders:
        folder = Path(tempfile.mkdtemp(prefix="tally-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        running.append(stack.enter_context(started(contender, folder)))
    for one in running:
        if not one.contender.first_sight:
            one.rate()
    ratios: dict[str, list[float]] = {one.contender.name: [] for one in running}
    for turn in range(ROUNDS):
        print(f"  requests: turn {turn + 1} of {ROUNDS}", file=sys.stderr)
        bare = running[0].rate()
        for one in running:
            if one.tokens is None:
                ratios[one.contender.name].append(one.rate() / bare)
            else:
                # wrk works harder for these: so does it for bare Flask, then.
                ratio = one.rate(one.tokens) / running[0].rate(one.tokens)
                ratios[one.contender.name].append(ratio)
    return {name: statistics.median(found) for name, found in ratios.items()}


# What a ratio to another contender shall be at least.
_GOALS: Final = {
    "Flask-JWT-Extended, no sign-out": ("G3", 1.7),
    "Flask-JWT-Extended, Redis blocklist": ("G3", 2.1),
    "Flask-JWT-Extended, PostgreSQL blocklist": ("G3", 3.3),
    "Django REST framework, simplejwt": ("G4", 3.0),
    "FastAPI Users, JWT": ("G4", 4.0),
}


def _findings(ratios: dict[str, float]) -> Findings:
    for name, ratio in ratios.items():
        goal: tuple[str, float | None] = ("", None)
        if name == "Tiger Tally, SQLite":
            goal = ("G1", 0.95)
        elif "first time" in name:
            goal = ("G2", 0.72)
        yield Finding("requests", name, ratio, "× bare", *goal)
    ours = ratios["Tiger Tally, SQLite"]
    for name, goal in _GOALS.items():
        yield Finding("requests", f"Tiger Tally ÷ {name}", ours / ratios[name], "×", *goal)
