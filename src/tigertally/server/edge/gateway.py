"""What the connections of one worker share."""

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

access = logging.getLogger("tigertally.access")


class Line(Protocol):
    """A connection, as the gateway sees it."""

    @property
    def waits_since(self) -> float | None:
        """Since when nothing is done for it; ``None`` while a request is answered."""

    @property
    def stalls_since(self) -> float | None:
        """Since when its caller has not read what was sent; ``None`` where it reads."""

    def check(self, now: float) -> None:
        """Act on a time that is over."""

    def end(self) -> None:
        """Close as soon as what was begun is finished."""

    def drop(self) -> None:
        """Close now."""


class Share:
    """How many bytes each connection holds of one kind, and whether that is too much in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sum = 0
        self._held: dict[Line, int] = {}

    def take(self, line: Line, size: int) -> bool:
        """Take note of what a connection holds now; tell whether there is room for all of it."""
        self._sum += size - self._held.pop(line, 0)
        if size:
            self._held[line] = size
        return self._sum <= self._most

    def of(self, line: Line) -> int:
        """Return what a connection holds."""
        return self._held.get(line, 0)


@dataclass(slots=True, kw_only=True)
class Gateway:
    """Application, lanes and bounds; used on the loop only."""

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
    """Told the code of each answer that is not the application's."""
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
        """Act on everything whose time is over; to be called about once a second."""
        now = self.loop.time()
        for line in tuple(self.lines):
            line.check(now)

    def make_place(self, coming: int) -> bool:
        """Tell whether one more connection is taken; close the one that has waited longest.

        ``coming`` is how many are taken already and not among the lines yet.
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
        """Take note that a caller has so many bytes still to read; forget them at nought."""
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
        """Take note that a connection is gone."""
        self.lines.discard(line)
        for share in (self.unfinished, self.ahead, self._unsent):
            share.take(line, 0)

    def end(self) -> None:
        """Let every connection finish what was begun."""
        self.ending = True
        for line in tuple(self.lines):
            line.end()

    def log(self, request: Incoming | None, caller: str, outcome: "Outcome") -> None:
        """Write the access log: no query, no header, no body ever stands in it."""
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
    """What came of a request, for the log."""

    status: int
    request_id: str
    size: int
    began_at: float
    """Of ``time.perf_counter``; nought where the request never became whole."""


def _printable(path: str) -> str:
    """Return a path that cannot pass for anything else in a log."""
    text = path.encode("latin-1").decode("utf-8", "backslashreplace")[:400]
    return "".join(each if each.isprintable() and each != '"' else "?" for each in text)
