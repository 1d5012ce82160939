"""Where a server has its place: a port that nobody listens on, a folder in memory."""

import os
import random
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import cycle

FIRST, PORTS = 20_000, 9_000
"""Below the range that the system gives to outgoing connections; the pages' tests use the next."""


def free_port() -> int:
    """Return a port that nobody listens on, and that no other test is given meanwhile."""
    for port in _ports():
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("ports never run out: they come again")


@cache
def _ports() -> Iterator[int]:
    """Give the ports of this worker in turn: between two uses of one, its server may be down."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = PORTS // workers
    ports = range(FIRST + worker % workers * share, FIRST + (worker % workers + 1) * share)
    begin = random.randrange(share)
    return cycle([*ports[begin:], *ports[:begin]])


def memory() -> str | None:
    """Return a folder in memory, where there is room: what is killed here is never the machine."""
    with suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > 2 * 1024**3 and os.access("/dev/shm", os.W_OK):
            return "/dev/shm"
    return None
