"""Parses requests. llhttp (through httptools) parses; ambiguous requests are refused here.

No input or output: the caller feeds :class:`RequestReader`, and takes requests from it.
"""

from collections import deque
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, NoReturn
from urllib.parse import unquote_to_bytes

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url

from tigertally.core.origins import is_authority
from tigertally.server.edge.limits import Limits
from tigertally.server.edge.plans import Plan, Plans

SLICE: Final = 16 * 1024
"""Bytes that are parsed at a time. An endless head can exceed its limit by so many."""

CHUNKING_MAX: Final = 8
"""Bytes on the wire per byte of a body in chunks: one byte a chunk takes six."""


@dataclass(slots=True)
class Incoming:
    """A request whose head is complete. Its body may still be arriving."""

    method: str
    path: str
    """Percent-decoded, each byte as one character, as in WSGI (PEP 3333)."""
    query: str = field(repr=False)
    version: str
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    keep_alive: bool
    plan: Plan
    announced: int | None
    """Bytes of the body; ``None`` if it is sent in chunks."""
    body: BytesIO = field(default_factory=BytesIO, repr=False)
    received: int = 0
    whole: bool = False
    asked_at: float = 0.0
    """When the head was complete, on the loop's clock."""

    def header(self, name: bytes) -> str | None:
        """Return the first header of that lower-case name, or ``None``."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), None)

    @property
    def size_at_most(self) -> int:
        """Bytes that the body may have."""
        return self.plan.body_max if self.announced is None else self.announced

    @property
    def waits_to_send(self) -> bool:
        """Whether the caller waits for a go-ahead before it sends its body (RFC 9110 §10.1.1)."""
        expects = (self.header(b"expect") or "").lower() == "100-continue"
        return expects and self.version == "1.1" and not self.whole and self.received == 0


class _Refused(Exception):
    """Ends the parsing. It carries a code of the contract."""


class RequestReader:
    """Reads the requests of one connection, one after the other.

    ``ready`` has the complete ones, ``current`` the one whose body is missing. ``fault`` is the
    code of the contract with which the rest is refused; nothing is read after it.
    """

    def __init__(self, plans: Plans, limits: Limits) -> None:
        self._plans = plans
        self._limits = limits
        self._parser = HttpRequestParser(self)
        self.ready: deque[Incoming] = deque()
        self.current: Incoming | None = None
        self.fault: str | None = None
        self.closed: bool = False
        """Whether the last request asked to close the connection."""
        self._refusal: str | None = None
        self._unparsed = 0
        self._marks = 0
        self._begin()
        self._begun = False

    def feed(self, data: bytes) -> None:
        """Read on."""
        for begin in range(0, len(data), SLICE):
            if self.fault is not None or self.closed:
                return
            self._feed(data[begin : begin + SLICE])

    @property
    def held(self) -> int:
        """Bytes of an incomplete request."""
        coming = self.current
        return self._unparsed if coming is None else self._head_size + coming.received

    @property
    def amid_head(self) -> bool:
        """Whether an incomplete head has arrived."""
        return self._begun or self._unparsed > 0

    def _feed(self, data: bytes) -> None:
        marks = self._marks
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            # We stay with HTTP/1.1 (RFC 9110 §7.8); what follows may be another protocol.
            self.closed = True
        except HttpParserError:
            # Bytes behind the last request are not read, so they cannot be wrong.
            if not self.closed:
                self.fault = self._refusal or "invalid_request"
            return
        in_head = self.current is None and self._marks == marks
        self._unparsed = self._unparsed + len(data) if in_head else 0
        if self._unparsed > self._limits.head + SLICE:
            self.fault = "invalid_request"
        if (coming := self.current) is not None:
            self._wire += len(data)
            if self._wire > CHUNKING_MAX * coming.plan.body_max + self._limits.head:
                self.fault = "invalid_request"

    def _begin(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_size = 0
        self._wire = 0
        self._begun = True

    def _refuse(self, code: str) -> NoReturn:
        self._refusal = code
        raise _Refused(code)

    # Called by the parser. An exception in one of these ends the parsing.

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self.ready) >= self._limits.pipelined:
            # These are answered, and the caller sends the others again (RFC 9112 §9.3.2).
            self.ready[-1].keep_alive, self.closed = False, True
            raise _Refused("too many at once")
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        self._target += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Those behind a body in chunks (trailers) are ignored."""
        self._grow(len(name) + len(value) + 4)
        if self.current is None:
            self._headers.append((name.lower(), value))
            if len(self._headers) > self._limits.fields:
                self._refuse("invalid_request")

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self._limits.head:
            self._refuse("invalid_request")

    def on_headers_complete(self) -> None:
        """Check the head, and create the request."""
        self._marks += 1
        self._begun = False
        version = self._parser.get_http_version()
        found = _framing(self._headers, version)
        method = self._parser.get_method().decode("ascii")
        if found is None or method == "CONNECT":
            self._refuse("invalid_request")
        upgrade = self._parser.should_upgrade()
        if upgrade and found.has_body:
            # llhttp would leave the body unread, and a proxy in front would not.
            self._refuse("invalid_request")
        path, query = self._resource()
        plan = self._plans.find(method, path)
        self.current = Incoming(
            method=method,
            path=path,
            query=query,
            version=version,
            headers=self._headers,
            keep_alive=self._parser.should_keep_alive() and not upgrade,
            plan=plan,
            announced=found.length,
        )
        if found.length is not None and found.length > plan.body_max:
            self._refuse("payload_too_large")

    def _resource(self) -> tuple[str, str]:
        """Return path and query of the target, and its host as `Host` if it has one."""
        url = parse_url(self._target)
        if self._target[:1] not in b"/*":
            # RFC 9112 §3.2.2: of a target with a host, that one counts.
            host = b"[%b]" % url.host if b":" in url.host else url.host
            host += b":%d" % url.port if url.port else b""
            if not _is_host(host):
                self._refuse("invalid_request")
            kept = [each for each in self._headers if each[0] != b"host"]
            self._headers = [*kept, (b"host", host)]
        path = unquote_to_bytes(url.path or b"/").decode("latin-1")
        return path, (url.query or b"").decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        coming = self._coming
        coming.received += len(body)
        if coming.received > coming.plan.body_max:
            self._refuse("payload_too_large")
        coming.body.write(body)

    def on_message_complete(self) -> None:
        """Finish the request."""
        done = self._coming
        self._marks += 1
        done.whole = True
        done.body.seek(0)
        self.ready.append(done)
        self.closed = not done.keep_alive
        self.current = None

    @property
    def _coming(self) -> Incoming:
        if self.current is None:
            raise _Refused("no head")
        return self.current


@dataclass(frozen=True, slots=True)
class _Framing:
    """The framing: where a request ends."""

    length: int | None

    @property
    def has_body(self) -> bool:
        return self.length != 0


def _framing(headers: list[tuple[bytes, bytes]], version: str) -> _Framing | None:
    """Return the framing, or ``None`` if two readers could understand it differently.

    RFC 9112 §3.2 and §6: one valid `Host`, and one way to tell the length. A proxy and a server
    that disagree let one caller's request begin inside another's.
    """
    values: dict[bytes, list[bytes]] = {
        b"host": [],
        b"content-length": [],
        b"transfer-encoding": [],
    }
    for name, value in headers:
        if (found := values.get(name)) is not None:
            found.append(value)
    hosts, lengths, codings = values.values()
    if version not in {"1.0", "1.1"} or len(hosts) > 1 or (version == "1.1" and not hosts):
        return None
    if not all(map(_is_host, hosts)):
        return None
    if codings:
        known = [each.lower() for each in codings] == [b"chunked"]
        return _Framing(None) if known and not lengths and version == "1.1" else None
    if len(lengths) > 1 or not all(each.isdigit() for each in lengths):
        return None
    return _Framing(int(lengths[0]) if lengths else 0)


def _is_host(value: bytes) -> bool:
    return is_authority(value.decode("latin-1"))
