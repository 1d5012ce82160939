"""The shared state of all connections of one worker."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tigertally.server.edge.lanes import Lane
from tigertally.server.edge.limits import Limits
from tigertally.server.edge.plans import Plans
from tigertally.server.edge.reading import Incoming
from tigertally.server.edge.room import Room
from tigertally.server.edge.words import Words

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

access: logging.Logger = logging.getLogger("tigertally.access")


class Line(Protocol):
    """A connection, as the gateway sees it."""

    @property
    def waits_since(self) -> float | None:
        """Since when it is idle; ``None`` while a request is answered."""

    @property
    def stalls_since(self) -> float | None:
        """Since when its caller has not read the answer; ``None`` if it reads."""

    def check(self, now: float) -> None:
        """Act on expired time limits."""

    def end(self) -> None:
        """Close after the present request."""

    def drop(self) -> None:
        """Close now."""


class Share:
    """A memory budget: bytes of one kind by connection, with a bound on their sum."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sum = 0
        self._held: dict[Line, int] = {}

    def take(self, line: Line, size: int) -> bool:
        """Note how many bytes a connection holds now. Tell whether the sum is within the bound."""
        self._sum += size - self._held.pop(line, 0)
        if size:
            self._held[line] = size
        return self._sum <= self._most

    def of(self, line: Line) -> int:
        """Return how many bytes a connection holds."""
        return self._held.get(line, 0)


@dataclass(slots=True, kw_only=True)
class Gateway:
    """Application, lanes and bounds. Used on the loop only."""

    app: "WSGIApplication"
    loop: asyncio.AbstractEventLoop
    lanes: Mapping[str, Lane]
    plans: Plans
    words: Words
    limits: Limits = field(default_factory=Limits)
    logs_access: bool = False
    lines: set[Line] = field(default_factory=set)
    ending: bool = False
    refused: Callable[[str], None] = lambda _code: None
    """Called with the code of each answer that is not the application's."""
    room: Room = field(init=False)
    unfinished: Share = field(init=False)
    ahead: Share = field(init=False)
    _unsent: Share = field(init=False)

    def __post_init__(self) -> None:
        self.room = Room(self.limits)
        self.unfinished = Share(self.limits.unfinished)
        self.ahead = Share(self.limits.ahead)
        self._unsent = Share(self.limits.unsent)

    def check(self) -> None:
        """Act on all expired time limits. Call it about once a second."""
        now = self.loop.time()
        for line in tuple(self.lines):
            line.check(now)

    def make_place(self, coming: int) -> bool:
        """Tell whether one more connection is accepted. Close the one that has waited longest.

        ``coming`` is the number of accepted connections that are not among the lines yet.
        """
        if len(self.lines) + coming < self.limits.connections:
            return True
        waiting = [(since, line) for line in self.lines if (since := line.waits_since) is not None]
        if not waiting:
            return False
        longest = min(waiting, key=lambda each: each[0])[1]
        self.forget(longest)
        longest.drop()
        return True

    def hold(self, line: Line, size: int) -> None:
        """Note how many bytes a caller has still to read; forget the caller at zero."""
        while not self._unsent.take(line, size):
            stalled = [
                (since, one)
                for one in self.lines
                if one is not line and self._unsent.of(one) and (since := one.stalls_since)
            ]
            if not stalled:
                return
            slowest = min(stalled, key=lambda each: each[0])[1]
            self._unsent.take(slowest, 0)
            slowest.drop()

    def forget(self, line: Line) -> None:
        """Note that a connection is gone."""
        self.lines.discard(line)
        for share in (self.unfinished, self.ahead, self._unsent):
            share.take(line, 0)

    def end(self) -> None:
        """Let every connection finish its present request."""
        self.ending = True
        for line in tuple(self.lines):
            line.end()

    def log(self, request: Incoming | None, caller: str, outcome: "Outcome") -> None:
        """Write the access log. It never contains a query, a header or a body."""
        if not self.logs_access:
            return
        asked = f"{request.method} {_printable(request.path)}" if request else "-"
        access.info(
            '%s "%s" %d %d bytes %.1f ms %s',
            caller or "-",
            asked,
            outcome.status,
            outcome.size,
            (time.perf_counter() - outcome.began_at) * 1e3 if outcome.began_at else 0.0,
            outcome.request_id,
        )


@dataclass(slots=True)
class Outcome:
    """The result of a request, for the log."""

    status: int
    request_id: str
    size: int
    began_at: float
    """From ``time.perf_counter``; zero if the request was never complete."""


def _printable(path: str) -> str:
    """Return a path that is safe to write to a log."""
    text = path.encode("latin-1").decode("utf-8", "backslashreplace")[:400]
    return "".join(each if each.isprintable() and each != '"' else "?" for each in text)
