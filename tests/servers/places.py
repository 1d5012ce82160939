"""Where a server has its place: a port that nobody listens on, a folder in memory."""

import os
import random
import shutil
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port below the range that the system gives to outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def memory() -> str | None:
    """Return a folder in memory, where there is room: what is killed here is never the machine."""
    with suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > 2 * 1024**3 and os.access("/dev/shm", os.W_OK):
            return "/dev/shm"
    return None
