"""Runs the application for one request in a thread, and returns the answer to the loop in pieces.

A thread fetches a bounded part of the answer and is free again. The loop waits for slow readers.
Any free thread fetches the next part.
"""

import contextvars
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tigertally.server.edge.limits import GATHERED
from tigertally.server.edge.reading import Incoming
from tigertally.server.edge.words import head_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

logger: logging.Logger = logging.getLogger("tigertally")

_NO_BODY: Final = frozenset({204, 304})
_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade"})


@dataclass(slots=True)
class Part:
    """A piece of an answer, and whether it is the last."""

    data: bytes
    last: bool
    broken: bool = False
    """Whether the application failed after the head was sent, too late for an error."""


@dataclass(slots=True, repr=False)
class Answering:
    """The application's answer to one request. Its methods run in a thread, one at a time."""

    app: "WSGIApplication"
    environ: "WSGIEnvironment"
    request: Incoming
    keep_alive: bool
    refuse: Callable[[str], bytes]
    """Returns the edge's own answer for a code."""

    status: int = 0
    request_id: str = "-"
    _headers: list[tuple[str, str]] = field(default_factory=list)
    _reason: str = ""
    _body: Iterable[bytes] = ()
    _rest: Iterator[bytes] | None = None
    _chunked: bool = False
    _left: int | None = None
    """Remaining bytes, if the application announced a length."""
    _written: list[bytes] = field(default_factory=list)
    # An application's generator may rely on this: only one thread at a time enters it.
    _context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def begin(self) -> Part:
        """Run the application, and return the head with the first part of the body."""
        return self._context.run(self._begin)

    def go_on(self) -> Part:
        """Return the next part of the body."""
        return self._context.run(self._go_on)

    def abandon(self) -> None:
        """Close an answer whose caller does not read it to the end."""
        self._context.run(self._close)

    def _begin(self) -> Part:
        try:
            self._body = self.app(self.environ, self._start_response)
            self._rest = iter(self._body)
            first, last = self._gather()
            head = self._head(first if last else None)
        except BaseException:
            logger.exception("the application failed")
            self._close()
            self.status, self.keep_alive = 500, False
            return Part(self.refuse("internal_error"), last=True)
        return self._part(first, last=last, head=head)

    def _go_on(self) -> Part:
        try:
            data, last = self._gather()
        except BaseException:
            logger.exception("the application failed during its answer")
            self._close()
            return Part(b"", last=True, broken=True)
        return self._part(data, last=last)

    def _part(self, data: bytes, *, last: bool, head: bytes = b"") -> Part:
        if last:
            self._close()
        if self.request.method == "HEAD" or self.status in _NO_BODY:
            if not last:
                self._close()
            return Part(head, last=True)
        broken = self._owes(data, last=last)
        if self._chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
            data += b"0\r\n\r\n" if last else b""
        return Part(head + data, last=last or broken, broken=broken)

    def _owes(self, data: bytes, *, last: bool) -> bool:
        """Tell whether the body differs from the announced length."""
        if self._left is None:
            return False
        self._left -= len(data)
        if self._left < 0 or (last and self._left > 0):
            logger.error("the application announced another length than it sent")
            return True
        return False

    def _gather(self) -> tuple[bytes, bool]:
        """Return the next bytes of the body, and whether they are the last."""
        found, size = [*self._written], sum(map(len, self._written))
        self._written.clear()
        for piece in self._rest or ():
            found.append(piece)
            size += len(piece)
            if size >= GATHERED:
                return b"".join(found), False
        return (found[0] if len(found) == 1 else b"".join(found)), True

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        del exc_info  # nothing is sent before the application has returned
        code, _, self._reason = status.partition(" ")
        self.status = int(code)
        self._headers = headers
        return self._written.append

    def _head(self, whole: bytes | None) -> bytes:
        """Return the head; ``whole`` is the body if it is complete already."""
        if not self.status:
            raise RuntimeError("the application answered without a status")
        kept = []
        length: int | None = None
        for name, value in self._headers:
            lower = name.lower()
            if "\n" in value or "\r" in value:
                raise ValueError(f"a line break in the header {name}")
            if lower in _HOP_BY_HOP:
                self.keep_alive = self.keep_alive and value.lower() != "close"
                continue
            if lower == "content-length":
                length = int(value)
            if lower == "x-request-id":
                self.request_id = value
            kept.append((name, value))
        bodiless = self.status in _NO_BODY or self.request.method == "HEAD"
        if length is None and whole is not None and not bodiless:
            length = len(whole)
            kept.append(("Content-Length", str(length)))
        if length is None and not bodiless:
            if self.request.version == "1.1":
                self._chunked = True
                kept.append(("Transfer-Encoding", "chunked"))
            else:
                self.keep_alive = False
        self._left = None if self._chunked else length
        return head_of(self.status, kept, close=not self.keep_alive,
                       version=self.request.version, reason=self._reason)  # fmt: skip

    def _close(self) -> None:
        body, self._body, self._rest = self._body, (), None
        close = getattr(body, "close", None)
        if close is None:
            return
        try:
            close()
        except BaseException:
            logger.exception("the application failed after its answer")
