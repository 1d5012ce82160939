"""One confidential question to another service, with one deadline for all of it.

Our apps' secrets travel in these requests, in WeChat's even in the URL. So httpx2's client is left
out: it writes each URL to the log, and its errors carry the request. Its transport half, httpcore2,
writes no URL. Nor does an exception leave this module that was raised while a secret was in reach.
"""

import json
import logging
import ssl
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

import httpcore2

from tigertally.errors import ProviderUnavailable
from tigertally.secret import Secret

LIMIT: Final = 5.0
"""Seconds for a whole act, a retry included."""

ANSWER_MAX: Final = 64 * 1024

_FAILURES: Final = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.TimeoutException,
    httpcore2.UnsupportedProtocol,
    OSError,
)

_confidential: ContextVar[bool] = ContextVar("confidential", default=False)


class _Discretion(logging.Filter):
    """Drops what the transport writes at DEBUG: an answer's headers may repeat our question."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record may be written."""
        del record
        return not _confidential.get()


for _name in ("connection", "http11", "proxy"):
    logging.getLogger(f"httpcore2.{_name}").addFilter(_Discretion())

Values = Mapping[str, str | Secret]


class Answer:
    """The JSON object that a service answered; its members are looked at one by one.

    Not a dict: openids, session keys and numbers stand in it, and what reports errors writes dicts
    out with all that is in them.
    """

    __slots__ = ("_members",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def get(self, name: str, default: object = None) -> Any:
        """Return a member as it is in the JSON."""
        return self._members.get(name, default)

    def inner(self, name: str) -> "Answer":
        """Return the JSON object, or an empty one if the answer has none."""
        found = self._members.get(name)
        return Answer(found if isinstance(found, dict) else {})

    def __repr__(self) -> str:
        return "Answer(…)"


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, and the JSON object that came with it; an empty one where none did."""

    status: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Upstream:
    """A service at one base URL."""

    base_url: str
    limit: float = LIMIT
    proxy: Secret | None = None
    """Proxy on the way there, as ``http://user:password@host:port``; secret for its password."""

    def deadline(self) -> float:
        """Return when an act that begins now must be over, for :meth:`ask`."""
        return time.monotonic() + self.limit

    def ask(
        self, method: str, path: str, *, query: Values, body: Values | None = None, until: float
    ) -> Answer:
        """Return the JSON object that the service answers, whatever content type it says.

        ``until`` is of :meth:`deadline`. Never asks twice. Raises ProviderUnavailable for all else:
        too slow, cut off, too long, a status that is not 200, no JSON, no object.
        """
        found = self._ask(method, path, query, body, until)
        # Raised here and not where it failed: the locals of that frame hold secrets in clear, and
        # some error reporters send the locals of every frame.
        if isinstance(found, str):
            raise ProviderUnavailable(f"{path}: {found}")
        return found

    def post(
        self, path: str, *, query: Secret, headers: Mapping[str, str], content: Secret, until: float
    ) -> Reply | str:
        """Return what the service answers to bytes that the caller has signed, or why it did not.

        ``query`` is encoded already. Every status below 500 is an answer. Raises nothing: the
        caller's frame holds secrets in clear, so it must not stand in a traceback either.
        """
        target = f"{path}?{query.reveal()}" if query else path
        found = self._send("POST", target, headers, content.reveal().encode(), until)
        if isinstance(found, str):
            return found
        status, answer = found
        if status >= 500:
            return f"status {status}"
        parsed = _parsed(answer)
        return Reply(status, Answer({}) if isinstance(parsed, str) else parsed)

    def _ask(
        self, method: str, path: str, query: Values, body: Values | None, until: float
    ) -> Answer | str:
        """Return the answer, or a short reason why there is no answer."""
        target = f"{path}?{urlencode(_revealed(query))}" if query else path
        content = b"" if body is None else json.dumps(_revealed(body)).encode()
        typed = {} if body is None else {"Content-Type": "application/json"}
        found = self._send(method, target, typed, content, until)
        if isinstance(found, str):
            return found
        status, answer = found
        return f"status {status}" if status != 200 else _parsed(answer)

    def _send(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes, until: float
    ) -> tuple[int, bytes] | str:
        """Return status and body of the answer, or a short reason why there is no answer."""
        base = urlsplit(self.base_url)
        sent: dict[bytes | str, bytes | str] = {
            "Host": base.netloc,
            "Accept": "application/json",
            "User-Agent": "tigertally",
        }
        sent.update(headers)
        if method == "POST":
            sent["Content-Length"] = str(len(content))
        confidential = _confidential.set(True)
        try:
            return self._exchange(method, _url(base, target), sent, content, until)
        except _FAILURES as error:
            through = " through the proxy" if self.proxy else ""
            return f"{type(error).__name__}{through}"
        except (ValueError, TypeError) as error:
            # What we were given cannot be written into a request. These errors hold it.
            return f"{type(error).__name__}: a setting that cannot be sent"
        finally:
            _confidential.reset(confidential)

    def _exchange(
        self,
        method: str,
        url: httpcore2.URL,
        headers: Mapping[bytes | str, bytes | str],
        content: bytes,
        until: float,
    ) -> tuple[int, bytes]:
        # A new connection each time: one that was kept may be dead already, which shows only after
        # the request was sent, and a code must not be sent twice.
        pool = httpcore2.ConnectionPool(
            ssl_context=_tls(), network_backend=_Backend(until), proxy=_proxy(self.proxy)
        )
        with pool, pool.stream(method, url, headers=headers, content=content) as response:
            answer = b""
            for chunk in response.iter_stream():
                answer += chunk
                if len(answer) > ANSWER_MAX:
                    raise httpcore2.RemoteProtocolError("too long an answer")
            return response.status, answer


def _url(base: SplitResult, target: str) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=base.scheme.encode(),
        host=(base.hostname or "").encode("idna"),
        port=base.port,
        target=f"{base.path.rstrip('/')}{target}".encode(),
    )


def _proxy(address: Secret | None) -> httpcore2.Proxy | None:
    if address is None:
        return None
    parts = urlsplit(address.reveal())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    return httpcore2.Proxy(
        f"{parts.scheme}://{host}:{parts.port or {'http': 80, 'https': 443}[parts.scheme]}",
        auth=(name.encode(), password.encode()) if name or password else None,
    )


@cache
def _tls() -> ssl.SSLContext:
    # At the first question and not at the start: reading the machine's authorities takes a while.
    return httpcore2.default_ssl_context()


def _revealed(values: Values) -> dict[str, str]:
    return {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in values.items()
    }


def _parsed(answer: bytes) -> Answer | str:
    try:
        found = json.loads(answer.decode("utf-8"))
    except (ValueError, RecursionError):
        return "no JSON"
    return Answer(found) if isinstance(found, dict) else "no JSON object"


class _Backend(httpcore2.SyncBackend):
    """Connects, and holds the whole exchange to its deadline.

    The library's time-outs restart with each read: a server that drips a byte a second would
    keep a thread for hours.
    """

    def __init__(self, until: float) -> None:
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect."""
        del timeout
        stream = super().connect_tcp(host, port, _left(self._until), local_address, socket_options)
        return _Stream(stream, self._until)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every step has the time that is left."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        del timeout
        return self._stream.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        del timeout
        self._stream.write(buffer, _left(self._until))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Go on under TLS."""
        del timeout
        inner = self._stream.start_tls(ssl_context, server_hostname, _left(self._until))
        return _Stream(inner, self._until)

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection knows of itself."""
        return self._stream.get_extra_info(info)


def _left(until: float) -> float:
    # Never 0: that would make the socket non-blocking.
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the deadline is over")
    return left
