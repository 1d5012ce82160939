"""One request and its answer in HTTP/1.1, over bytes (h11): no redirects, no compression, limits.

Whoever sends and receives the bytes sees to the time.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import h11

from tigertally.verify.questions import Answer, Question
from tigertally.verify.terms import ANSWER_MAX
from tigertally.version import __version__

PIECE: Final = 65_536
"""Bytes that are read at once."""

_HEADERS_MAX: Final = 16_384


@dataclass(frozen=True, slots=True)
class Server:
    """Where the service listens."""

    host: str
    port: int
    tls: bool
    path: str
    """Before the paths of questions."""

    @classmethod
    def at(cls, url: str) -> "Server":
        """Read an address that was checked before."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if tls else 80), tls, parts.path)

    @property
    def authority(self) -> str:
        """As the header ``Host`` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


class SilenceError(Exception):
    """No answer that can be believed came; the text says why."""


class Exchange:
    """Questions and answers over one connection, one after the other."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADERS_MAX)
        self._status = 0
        self._proof: str | None = None
        self._body = b""
        self.untouched: bool = False
        """Whether nothing of an answer has come yet: then a kept connection was closed."""

    def ask(self, question: Question) -> bytes:
        """Return the bytes of a question. Raises SilenceError where the connection is spent."""
        self._status, self._proof, self._body, self.untouched = 0, None, b"", True
        headers = {
            "Host": self._server.authority,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"tigertally-verify/{__version__}",
            **question.headers,
        }
        target = self._server.path + question.path
        try:
            request = h11.Request(method="GET", target=target, headers=list(headers.items()))
            sent = self._http.send(request) or b""
            return sent + (self._http.send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError as error:
            raise SilenceError(str(error)) from None

    def receive(self, data: bytes) -> Answer | None:
        """Take in bytes; none at the end of the connection. Return the answer once it is whole.

        Raises SilenceError for what is no answer of ours.
        """
        self.untouched = self.untouched and not data
        try:
            self._http.receive_data(data)
            while True:
                event = self._http.next_event()
                if not isinstance(event, h11.Event):
                    return None  # more is needed
                if isinstance(event, h11.EndOfMessage):
                    return self._whole()
                if isinstance(event, h11.ConnectionClosed):
                    raise SilenceError("the connection was closed")
                self._note(event)
        except h11.RemoteProtocolError as error:
            raise SilenceError(f"no HTTP: {error}") from None

    def _note(self, event: h11.Event) -> None:
        if isinstance(event, h11.Response):
            headers = {bytes(name): bytes(value) for name, value in event.headers}
            if headers.get(b"content-encoding", b"identity") != b"identity":
                raise SilenceError("the answer is compressed, which was not asked for")
            self._status = event.status_code
            proof = headers.get(b"tally-feed-proof")
            self._proof = None if proof is None else proof.decode("latin-1")
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > ANSWER_MAX:
                raise SilenceError(f"the answer is longer than {ANSWER_MAX} bytes")

    def _whole(self) -> Answer:
        return Answer(self._status, self._body, self._proof)

    def again(self) -> bool:
        """Prepare for another question. Tell whether the connection can be kept."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            return True
        return False
