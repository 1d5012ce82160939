"""Metrics (figures) for operators, in Prometheus' text format.

One counter tells most: each answered operation by its outcome, which is ``ok`` or the error's code,
so that sign-ins, refreshes by verdict and refusals of every kind are one query. No label ever
contains anything about a user.

Each process counts in its own memory, and regularly writes its counts to a board, where any process
finds those of all. Counting never touches a file, so no problem of the disk can stop a request.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from tigertally.loading import LOADING
from tigertally.web.figures import Figures, fold


class Counted(NamedTuple):
    """A counter, or a histogram of seconds: its help text and its labels."""

    help: str
    labels: tuple[str, ...] = ()


class Gauged(NamedTuple):
    """A gauge: its help text, and how several processes' values are combined (``max``, ``sum``)."""

    help: str
    how: str


ANSWERS: Final = "tally_answers"
ANSWER_SECONDS: Final = "tally_answer_seconds"
EDGE_REFUSALS: Final = "tally_edge_refusals"
LOCKS_BEGUN: Final = "tally_locks_begun"
MESSAGES: Final = "tally_messages"
REFUSALS: Final = "tally_refusals"

COUNTERS: Final[Mapping[str, Counted]] = {
    ANSWERS: Counted("Answers by operation and outcome", ("operation", "outcome")),
    EDGE_REFUSALS: Counted("Requests that `tigertally serve` refused unread, by code", ("code",)),
    LOCKS_BEGUN: Counted("Locks that attempts began, by what was tried", ("act",)),
    MESSAGES: Counted("Emails and SMS by what became of them", ("kind", "fate")),
    REFUSALS: Counted("Requests that looked forged, or had an invalid code", ("code",)),
}
TIMES: Final[Mapping[str, Counted]] = {
    ANSWER_SECONDS: Counted("Time to answer by operation", ("operation",)),
}
GAUGES: Final[Mapping[str, Gauged]] = {
    "tally_revocations_known": Gauged("Ended sessions that a process keeps in mind", "max"),
    "tally_feed_silence_seconds": Gauged("Age of the evidence about ended sessions", "max"),
    "tally_password_hashes": Gauged("Passwords being hashed, or waiting for their turn", "sum"),
    "tally_pictures": Gauged("Pictures being decoded, or waiting for their turn", "sum"),
    "tally_attempts_counted_alone": Gauged("1 while a process counts attempts for itself", "max"),
    "tally_disk_free_bytes": Gauged("Bytes free on the disk of the data directory", "max"),
}
"""All figures. A new one is a line here, and a call of :meth:`Metrics.count`, or a
function among the ``gauges`` that :class:`Metrics` is made with."""


class Notices(Protocol):
    """The notes of other processes."""

    @property
    def living(self) -> Sequence[str]:
        """Notes of other live processes."""
        ...

    @property
    def departed(self) -> str | None:
        """The merged notes of dead processes."""
        ...


class Board(Protocol):
    """Shares figures between the processes of one service. Never raises."""

    def post(self, note: str) -> None:
        """Write this note. It replaces the process's last one."""
        ...

    def gather(self, fold: Callable[[str | None, str], str]) -> Notices:
        """Return the notes of other processes, those of dead ones merged."""
        ...


class Metrics:
    """The figures of this process, or of the whole service if there is a board."""

    def __init__(
        self, gauges: Mapping[str, Callable[[], float]], *, board: Board | None = None
    ) -> None:
        self._gauges = {name: gauges[name] for name in GAUGES if name in gauges}
        self._board = board
        self._figures = Figures()

    def answered(self, operation: str, outcome: str, began_at: float) -> None:
        """Count an answer; ``began_at`` is of ``time.perf_counter``."""
        self._figures.count(ANSWERS, (operation, outcome))
        self._figures.time(ANSWER_SECONDS, (operation,), time.perf_counter() - began_at)

    def count(self, name: str, *labels: str) -> None:
        """Count one more of a counter in ``COUNTERS``."""
        if len(labels) != len(COUNTERS[name].labels):
            raise ValueError(f"{name} has other labels")
        self._figures.count(name, labels)

    def publish(self) -> None:
        """Write the present figures to the board."""
        if self._board is not None:
            self._board.post(self._look())

    def exposition(self) -> tuple[bytes, str]:
        """Return the figures, and their content type."""
        with LOADING:
            # Not at the top: most processes are never asked for them.
            from tigertally.web.exposition import written  # noqa: PLC0415

        mine, total = Figures.loads(self._look()), Figures()
        total.add(mine)
        gauges = [mine.gauges]
        if self._board is not None:
            # Write our own first: the next process that is asked must not report less.
            self.publish()
            others, departed = self._others(self._board)
            gauges += [other.gauges for other in others]
            for other in (*others, *departed):
                total.add(other)
        return written(total, gauges, counters=COUNTERS, times=TIMES, gauged=GAUGES)

    def after_fork(self) -> None:
        """Start from zero in a forked child: earlier counts are the parent's."""
        self._figures = Figures()

    def _look(self) -> str:
        for name, gauge in self._gauges.items():
            self._figures.gauges[name] = gauge()
        return self._figures.dumps()

    @staticmethod
    def _others(board: Board) -> tuple[list[Figures], list[Figures]]:
        notices = board.gather(fold)
        departed = [notices.departed] if notices.departed is not None else []
        return _sound(notices.living), _sound(departed)


def _sound(notes: Sequence[str]) -> list[Figures]:
    found = []
    for note in notes:
        try:
            found.append(Figures.loads(note))
        except ValueError:  # replaced since the board checked it
            continue
    return found
