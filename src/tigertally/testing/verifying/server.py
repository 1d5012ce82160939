"""The stand-in over HTTP: a feed, its key set, and commands to break them."""

import contextlib
import gzip
import json
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tigertally.core.identifiers import new_id
from tigertally.testing.listening import HttpServer, Listening
from tigertally.testing.verifying.history import History

FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "late": "answers after 0.7 seconds",
        "silent": "never answers",
        "slow": "answers a byte at a time",
        "slow-head": "the same, from the first byte on",
        "cached": "repeats its last answer",
        "cut": "ends in the middle of an answer",
        "duplicated": "has an entry twice",
        "gap": "leaves an entry out, unless asked for everything",
        "wrong-proof": "proves with another key",
        "no-proof": "proves nothing",
        "key-withdrawn": "does not know the service any more",
        "redirect": "leads elsewhere",
        "gzip": "compresses its answer, which nobody asked for",
        "endless": "answers with a gigabyte",
        "500": "fails",
    }
)
"""What can be wrong with the answers, until it is told otherwise."""

LATE: Final = 0.7
_DRIP: Final = 0.02
_GIGABYTE: Final = 2**30


class FeedStandIn(Listening):
    """Listens at ``url``. Runs in threads of its own, or in yours (``serve_forever``)."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.history: History = History()
        self.fault: str | None = None
        self.asked: list[str] = []
        """The paths of all questions so far."""
        self._last: tuple[bytes, str] | None = None
        self._server = HttpServer((host, port), type("_", (_Handler,), {"service": self}))
        super().__init__(self._server)
        self.url: str = f"http://{host}:{self._server.server_port}"

    def serve_forever(self) -> None:
        """Serve in this thread."""
        self._server.serve_forever()

    def sign_in(self, user_id: str = "ada") -> tuple[str, str]:
        """Return an access token, and the id of its session."""
        session_id = new_id()
        return self.history.token(self.url, user_id=user_id, session_id=session_id), session_id

    def command(self, path: str, query: Mapping[str, str]) -> Any:
        """Carry out a command of ``/dev/…``, and return its outcome."""
        match path:
            case "/dev/fault":
                name = query.get("name", "")
                if name and name not in FAULTS:
                    return {"error": "no such fault", "faults": dict(FAULTS)}
                self.fault = name or None
            case "/dev/reset":
                self.history.begin()
            case "/dev/fill":
                self.history.fill(int(query.get("count", "1000000")))
            case "/dev/end":
                self.history.end(query.get("session", ""), query.get("reason", "logged_out"))
            case "/dev/sign-in":
                token, session_id = self.sign_in(query.get("user", "ada"))
                return {"access_token": token, "session": session_id}
            case _:
                return None
        return {"fault": self.fault, "head": len(self.history.entries)}

    def entries(self, after: int) -> list[list[Any]]:
        """Return the entries as they are told."""
        told = self.history.entries
        if self.fault == "duplicated":
            return [*told, *told[-1:]]
        # The whole feed is right, or nobody could ever know better.
        return told[:-2] + told[-1:] if self.fault == "gap" and after else told

    def proven(self, nonce: str, body: bytes) -> tuple[bytes, str]:
        """Return an answer and its proof, as they are told."""
        key = History().key if self.fault == "wrong-proof" else self.history.key
        made = (body, "" if self.fault == "no-proof" else key.prove(nonce, body))
        if self.fault == "cached" and self._last is not None:
            return self._last
        self._last = made
        return made


class _Handler(BaseHTTPRequestHandler):
    service: FeedStandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        query = {name: found[-1] for name, found in parse_qs(parts.query).items()}
        with contextlib.suppress(ConnectionError):
            if parts.path.startswith("/dev/"):
                self._command(parts.path, query)
            elif parts.path == "/.well-known/jwks.json":
                self._answer(200, self.service.history.key_set())
            elif parts.path == "/api/feed":
                self.service.asked.append(self.path)
                self._feed(query)
            else:
                self._answer(404, b"{}")

    def do_POST(self) -> None:
        """Carry out a command."""
        self.do_GET()

    def _command(self, path: str, query: Mapping[str, str]) -> None:
        outcome = self.service.command(path, query)
        status = 404 if outcome is None else 400 if "error" in outcome else 200
        self._answer(status, json.dumps(outcome).encode())

    def _feed(self, query: Mapping[str, str]) -> None:
        history, after = self.service.history, int(query.get("after", "0"))
        known = self.headers.get("Authorization") == f"Bearer {history.key.reveal()}"
        if not known or self.service.fault == "key-withdrawn":
            self._answer(401, b'{"code":"service_unknown"}')
        elif self.service.fault in {"500", "redirect"}:
            status = 302 if self.service.fault == "redirect" else 500
            self._answer(status, b"{}", more={"Location": self.service.url})
        elif query.get("feed", history.feed) != history.feed or after > len(history.entries):
            self._answer(409, b'{"code":"feed_changed"}')
        else:
            nonce = self.headers.get("Tally-Feed-Nonce", "")
            body, proof = self.service.proven(
                nonce, history.page(after, self.service.entries(after))
            )
            self._break(body, proof)

    def _break(self, body: bytes, proof: str) -> None:
        match self.service.fault:
            case "cut":
                self._answer(200, body[: len(body) // 2], length=len(body), proof=proof)
                self.close_connection = True
            case "slow":
                self._drip(body, proof)
            case "slow-head":
                self._drop(b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 10_000)
            case "endless":
                self._pour(proof)
            case "gzip":
                self._answer(
                    200, gzip.compress(body), proof=proof, more={"Content-Encoding": "gzip"}
                )
            case fault:
                self._wait(fault)
                self._answer(200, body, proof=proof)

    def _wait(self, fault: str | None) -> None:
        if fault == "late":
            time.sleep(LATE)
        while fault == "silent" and self.service.fault == fault:
            time.sleep(_DRIP)

    def _answer(
        self,
        status: int,
        body: bytes,
        *,
        length: int | None = None,
        proof: str = "",
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in more.items():
            self.send_header(name, value)
        if proof:
            self.send_header("Tally-Feed-Proof", proof)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, body: bytes, proof: str) -> None:
        self._answer(200, b"", length=len(body), proof=proof)
        self._drop(body)

    def _drop(self, data: bytes) -> None:
        for letter in data:
            self.wfile.write(bytes([letter]))
            time.sleep(_DRIP)
        self.close_connection = True

    def _pour(self, proof: str) -> None:
        self._answer(200, b"", length=_GIGABYTE, proof=proof)
        for _ in range(_GIGABYTE // 65_536):
            self.wfile.write(b" " * 65_536)

    def log_message(self, *_: object) -> None:
        """Write nothing."""
