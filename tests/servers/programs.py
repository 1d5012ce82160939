"""Where the programs of servers are.

Where one is not installed, Debian's package is installed (as root), or the failure says what to
install.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

_PACKAGES = {
    "postgres": "postgresql",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "redis-server": "redis-server",
    "nginx": "nginx-light",
    "curl": "curl",
    "pg_dump": "postgresql",
    "pg_restore": "postgresql",
    "pg_basebackup": "postgresql",
    "pgbouncer": "pgbouncer",
    "postfix": "postfix",
    "mariadb-dump": "mariadb-client",
    "mariadb": "mariadb-client",
}
_EXTRA_PATHS = ("/usr/sbin", "/usr/local/sbin")


def program(name: str) -> str:
    """Return where a server's program is, installing its package where it is not."""
    if found := _find(name):
        return found
    package = _PACKAGES[name]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(package, unless=lambda: _find(name) is not None)
        if found := _find(name):
            return found
    pytest.fail(f"{name} is not installed: run `sudo apt-get install {package}`")


def _find(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, versions), os.environ["PATH"], *_EXTRA_PATHS])
    return shutil.which(name, path=path)


def _install(package: str, *, unless: Callable[[], bool]) -> None:
    # Several test processes may find it missing at once.
    with (Path(tempfile.gettempdir()) / "tally-tests-install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if unless():
            return
        # Run level 1: the package must not start a service of its own.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        install = ["apt-get", "install", "-y", "--no-install-recommends", package]
        for command in (install, ["apt-get", "update"], install):
            done = subprocess.run(
                command, env=environment, capture_output=True, timeout=300, check=False
            )
            if command is install and done.returncode == 0:
                return
