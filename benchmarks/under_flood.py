"""What a flood of sign-ins does to those who are signed in already (goal G12, second half)."""

import threading
import time
from contextlib import suppress
from http.client import HTTPConnection
from typing import Final

from benchmarks.clocks import percentile
from benchmarks.findings import Finding, Findings
from benchmarks.spreading import PASSWORD, call, machine, sign_in_many

SECONDS: Final = 8
FLOOD: Final = 8


def run() -> Findings:
    """Ask ``/api/me`` one request after the other, first alone, then amid sign-ins."""
    with machine({"TALLY_RATE_LIMITS": "off"}, workers=2) as (url, _):
        (token,) = sign_in_many(url, 1)
        _ask(url, token, 2)
        idle = percentile(_ask(url, token, SECONDS), 0.99)
        stop = threading.Event()
        people = [threading.Thread(target=_flood, args=(url, stop)) for _ in range(FLOOD)]
        for one in people:
            one.start()
        flooded = percentile(_ask(url, token, SECONDS), 0.99)
        alive = max(_ask(url, token, SECONDS / 2, path="/healthz"))
        stop.set()
        for one in people:
            one.join()
    yield Finding("flood", "/api/me alone, p99", idle * 1e3, "ms")
    amid = f"/api/me amid {FLOOD} who sign in all the time, p99"
    yield Finding("flood", amid, flooded * 1e3, "ms")
    yield Finding("flood", "the one ÷ the other", flooded / idle, "×", "G12", 2, "at most")
    yield Finding(
        "flood", "/healthz meanwhile, slowest", alive * 1e3, "ms", "alive", 100, "at most"
    )


def _ask(url: str, token: str, seconds: float, path: str = "/api/me") -> list[float]:
    line = HTTPConnection(url.removeprefix("http://"), timeout=30)
    taken = []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        line.getresponse().read()
        taken.append(time.perf_counter() - began)
        time.sleep(0.002)
    return taken


def _flood(url: str, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(OSError):
            call("POST", f"{url}/api/auth/login", "", {"username": "hufu", "password": PASSWORD})
