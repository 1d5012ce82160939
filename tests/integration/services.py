"""Services of one test: started on ports of their own, and ended afterwards."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.integration.command_line import TALLY, clean_environment
from tests.integration.service import Service
from tests.servers.places import free_port


class Services:
    """Starts services for one test, and ends whatever is left of them afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self._started: list[Service] = []

    def serve(
        self,
        *,
        workers: int = 4,
        port: int | None = None,
        data_dir: Path | None = None,
        wait: bool = True,
        **settings: str,
    ) -> Service:
        """Start the standalone service and wait until it is ready."""
        port = port or free_port()
        command = [TALLY, "serve", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workers", str(workers), "--data-dir", str(data_dir or self.data_dir)]
        # What is asked here in a second, no person asks in an hour; the hash is rarely the subject.
        settings = {"TALLY_RATE_LIMITS": "off", "TALLY_PASSWORD_COST": "testing"} | settings
        return self.start(command, port=port, workers=workers, wait=wait, settings=settings)

    def start(
        self,
        command: Sequence[str],
        *,
        port: int,
        workers: int,
        ready: str = "/readyz",
        cwd: Path | None = None,
        wait: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> Service:
        """Start any server and wait until it is ready."""
        service = Service(
            command,
            port=port,
            log=self.folder / f"service-{len(self._started)}.log",
            environ=clean_environment(**(settings or {})),
            cwd=cwd,
            ready=ready,
        )
        self._started.append(service)
        if wait:
            service.wait_ready(workers=workers)
        return service

    def end(self) -> None:
        """End everything that still runs, and print every log for the report of a failed test."""
        for service in self._started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                service.stop(deadline=15)
            # Also where the master is gone already: its workers may not be.
            service.kill_all()
            sys.stdout.write(f"--- {service.log.name}\n{service.read_log()}\n")
