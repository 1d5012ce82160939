"""The production server: gunicorn manages worker processes, each with an edge of its own."""

import os
import time
from dataclasses import dataclass
from typing import Any, Final

from gunicorn.app.base import BaseApplication

from tigertally.errors import StoreUnavailable, TallyError
from tigertally.server.app import make_app
from tigertally.server.compose import Composition, compose
from tigertally.server.edge.words import Words
from tigertally.server.edge.worker import EdgeWorker
from tigertally.settings import Settings
from tigertally.web.metrics import EDGE_REFUSALS, Metrics

RETRY_AFTER: Final = 0.5
"""Seconds until a worker without a database tries again."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The address to listen on, and the number of processes."""

    host: str
    port: int
    workers: int
    logs_access: bool = False
    """Whether each request is written to the log."""

    @property
    def address(self) -> str:
        """Return gunicorn's bind address, with IPv6 addresses in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reachable_address(self) -> str:
        """Return an address to open in a browser of this machine."""
        everywhere = self.host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not listened on
        return f"localhost:{self.port}" if everywhere else self.address


def default_workers() -> int:
    """Return the default number of processes: one per core, at most four."""
    return min(4, os.cpu_count() or 1)


class Service(BaseApplication):
    """The standalone service under gunicorn.

    Nothing is composed before a worker is forked, since connections and threads cannot be shared.
    """

    def __init__(self, settings: Settings, binding: Binding) -> None:
        self._settings = settings
        self._binding = binding
        self.metrics: Metrics | None = None
        """The composition of this process, once it exists."""
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up."""
        options = {
            "bind": self._binding.address,
            "workers": self._binding.workers,
            "worker_class": self._worker_class(),
            "proc_name": "tigertally",
            "graceful_timeout": 10,
            "timeout": 60,
            "umask": 0o077,
            "control_socket_disable": True,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def _worker_class(self) -> type[EdgeWorker]:
        """Return the worker class with its settings."""
        settings, service = self._settings, self
        own_origin = [settings.public_origin] if settings.public_origin else []
        hsts = settings.hsts if settings.https else None

        class ServiceWorker(EdgeWorker):
            words = Words(frozenset({*settings.cors_origins, *own_origin}), hsts)
            logs_access = self._binding.logs_access
            root = settings.public_path

            def refused(self, code: str) -> None:
                if service.metrics is not None:
                    service.metrics.count(EDGE_REFUSALS, code)

        return ServiceWorker

    def load(self) -> Any:
        """Compose the application, in the worker."""
        composition = self._compose()
        composition.background.start()
        self.metrics = composition.services.metrics
        self.cfg.set("worker_exit", lambda _server, _worker: composition.close())
        return make_app(composition)

    def _compose(self) -> Composition:
        """Compose once the database answers.

        gunicorn ends the whole service if a worker cannot start. So a worker that died while the
        database was down would take all others with it.
        """
        while True:
            try:
                return compose(self._settings)
            except TallyError as error:
                if not any(isinstance(e, StoreUnavailable) for e in (error, error.__cause__)):
                    raise
            time.sleep(RETRY_AFTER)
