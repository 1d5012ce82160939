"""The production server: gunicorn with threads, one application per worker process."""

import json
import os
import time
from dataclasses import dataclass
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from tigertally.catalogue import load_catalogue
from tigertally.errors import StoreUnavailable, TallyError
from tigertally.server.app import make_app
from tigertally.server.compose import Composition, compose
from tigertally.settings import Settings

THREADS: Final = 8

RETRY_AFTER: Final = 0.5
"""Seconds until a worker that found no database looks again."""

HEADER_MAX: Final = 128 * 1024
"""Longest header line, so that an absurdly long token still gets its 401 from us."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Where to listen, and with how many processes."""

    host: str
    port: int
    workers: int

    @property
    def address(self) -> str:
        """Return what gunicorn binds to; IPv6 addresses stand in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def default_workers() -> int:
    """Return how many processes to start where nobody says: one per core, at most four."""
    return min(4, os.cpu_count() or 1)


class Worker(ThreadWorker):
    """Answers what is not even HTTP in the words of the contract."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be parsed."""
        if getattr(req, "method", None) and not type(exc).__module__.startswith("gunicorn.http"):
            super().handle_error(req, client, addr, exc)
            return
        self.log.info("a request from %s is not HTTP: %s", (addr or "?")[0], type(exc).__name__)
        entry = load_catalogue().error("invalid_request")
        body = json.dumps({"code": entry.code, "message": entry.message.en, "status": 400}).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        try:
            client.sendall(head.encode() + body)
        except OSError:
            self.log.debug("the client is gone")


class Service(BaseApplication):
    """The standalone service under gunicorn.

    Nothing is composed before a worker is forked: connections and threads cannot be shared.
    """

    def __init__(self, settings: Settings, binding: Binding) -> None:
        self._settings = settings
        self._binding = binding
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up."""
        options = {
            "bind": self._binding.address,
            "workers": self._binding.workers,
            "threads": THREADS,
            "worker_class": f"{__name__}.Worker",
            "proc_name": "tigertally",
            "graceful_timeout": 10,
            "timeout": 60,
            "keepalive": 20,
            "limit_request_line": 8190,
            "limit_request_field_size": HEADER_MAX,
            "limit_request_fields": 64,
            # X-Forwarded-… is TrustedProxies' to judge, by address; gunicorn must not.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "umask": 0o077,
            "control_socket_disable": True,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Compose the application, in the worker."""
        composition = self._compose()
        composition.background.start()
        self.cfg.set("worker_exit", lambda _server, _worker: composition.close())
        return make_app(composition)

    def _compose(self) -> Composition:
        """Compose once the database answers.

        gunicorn ends the whole service where a worker cannot start, and a worker that died while
        the database was out would take all others with it.
        """
        while True:
            try:
                return compose(self._settings)
            except TallyError as error:
                if not any(isinstance(e, StoreUnavailable) for e in (error, error.__cause__)):
                    raise
            time.sleep(RETRY_AFTER)
