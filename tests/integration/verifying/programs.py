"""One service of others over each framework, as a process of its own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.command_line import BIN
from tests.integration.verifying.processes import ROOT, Program, running
from tests.integration.verifying.proxied import behind_nginx
from tests.servers.places import free_port
from tests.waiting import PATIENCE

SERVED = "tests/integration/verifying/served"


@dataclass(frozen=True, slots=True)
class Served:
    """Where callers ask, and the process that verifies."""

    port: int
    verifier: Program


@contextmanager
def fastapi(url: str, key: str, folder: Path) -> Iterator[Served]:
    """FastAPI on uvicorn."""
    port = free_port()
    command = [sys.executable, "-m", "tests.integration.verifying.served.fastapi_app"]
    told = {"URL": url, "KEY": key, "PORT": str(port)}
    with running(command, port, folder / "fastapi.log", told) as program:
        yield Served(port, program)


@contextmanager
def django(url: str, key: str, folder: Path) -> Iterator[Served]:
    """Django on gunicorn, with threads."""
    port = free_port()
    command = [str(BIN / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    # Else whoever is suspended is taken for stuck.
    command += ["--timeout", "0", "tests.integration.verifying.served.django_app:app"]
    with running(command, port, folder / "django.log", {"URL": url, "KEY": key}) as program:
        yield Served(port, program)


@contextmanager
def node(url: str, key: str, folder: Path) -> Iterator[Served]:
    """Node, with the sources of `@tigertally/verify`."""
    port, built = free_port(), folder / "node_app.mjs"
    command = ["node_modules/.bin/esbuild", f"{SERVED}/node_app.mjs", f"--outfile={built}"]
    command += ["--bundle", "--platform=node", "--format=esm", "--conditions=tigertally-source"]
    subprocess.run([*command, "--log-level=warning"], cwd=ROOT, check=True, timeout=PATIENCE)
    told = {"URL": url, "KEY": key, "PORT": str(port)}
    with running(["node", str(built)], port, folder / "node.log", told) as program:
        yield Served(port, program)


@contextmanager
def nginx(url: str, key: str, folder: Path) -> Iterator[Served]:
    """Any application behind nginx; the sidecar verifies."""
    with behind_nginx(url, key, folder, "--issuer", "tigertally") as site:
        yield Served(site.port, site.sidecar)


Start = Callable[[str, str, Path], AbstractContextManager[Served]]

ALL: dict[str, Start] = {"django": django, "fastapi": fastapi, "nginx": nginx, "node": node}
