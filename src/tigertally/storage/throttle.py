"""Counts attempts over all processes, by the rules of ``core/throttle.py``.

The storage only reads texts, and swaps them if they are unchanged (compare-and-swap). The rules
decide in between, so they are the same over SQL, Redis, and memory.

If the storage cannot count (it is down, paused, read-only, full), the process counts its own
attempts in memory, and enters them into the storage later. So a storage that fails now and again
gives nobody more guesses.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from tigertally.core.throttle import (
    Act,
    Admission,
    Attempt,
    Busy,
    Change,
    Limit,
    Note,
    Outcome,
    Reserved,
    Subject,
    Tries,
    carry_out,
    milliseconds,
)
from tigertally.errors import StoreUnavailable

ROUNDS: Final = 40
"""How often a swap is tried again because others were faster."""

REST: Final = 1.0
"""Seconds in which a failed storage is not asked again: not every request should wait for it."""

PAID_BESIDES: Final = 20
"""For how many other subjects an attempt pays what is owed."""

TIDY_EVERY: Final = 60_000  # milliseconds

_STRIPES: Final = 32

logger: logging.Logger = logging.getLogger("tigertally")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A text that replaces another one, and when it expires."""

    key: str
    old: str | None
    new: str
    until: datetime


class States(Protocol):
    """Stores texts by key. All methods raise StoreUnavailable."""

    def load(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the stored texts."""
        ...

    def exchange(self, exchanges: Sequence[Exchange]) -> bool:
        """Replace all old texts by the new ones, if all of them are unchanged.

        One atomic step. Tells whether it was done; if not, nothing changed.
        """
        ...

    def purge(self, now: datetime) -> None:
        """Delete expired texts."""
        ...


class SharedThrottle:
    """Implements :class:`tigertally.core.ports.limits.Throttle`. Safe to use from any thread."""

    def __init__(
        self,
        states: States,
        limits: Mapping[Act, Limit],
        *,
        rest: float = REST,
        locked: Callable[[Act], None] = lambda _act: None,
    ) -> None:
        """``locked`` is called for each lock that an attempt at this process begins."""
        self._states = states
        self._limits = limits
        self._rest = rest
        self._locked = locked
        self._own: dict[Subject, Tries] = {}
        """This process's own attempts, and the locks that it knows of."""
        self._owed: dict[Subject, list[Note]] = {}
        """What happened while the storage could not count, in order."""
        self._tidied_at = 0
        self._retry_at = 0.0
        self._is_shared = True
        self.after_fork()

    def after_fork(self) -> None:
        """Go on in a forked child: the threads that held locks do not exist here."""
        self._memory = threading.RLock()
        self._paying = threading.Lock()
        # In one process, attempts on the same account take turns instead of racing.
        self._turns = [threading.Lock() for _ in range(_STRIPES)]

    @property
    def is_shared(self) -> bool:
        """Whether the storage counted when it was asked last."""
        return self._is_shared

    def reserve(self, attempt: Attempt, now: datetime) -> Admission:
        """Reserve a place at each subject, or at no subject."""
        return self._act(_notes(attempt, Change.RESERVED, now), now).admission

    def fail(self, attempt: Attempt, now: datetime) -> Mapping[Subject, datetime]:
        """Count a failure."""
        outcome = self._act(_notes(attempt, Change.FAILED, now), now)
        for subject in outcome.locked:
            self._locked(subject.act)
        return {one: _instant(outcome.states[one].locked_until) for one in outcome.locked}

    def give_back(self, attempt: Attempt, now: datetime, *, right: bool) -> None:
        """Free the places."""
        notes = _notes(attempt, Change.GIVEN_BACK, now)
        if right:
            notes = {
                one: replace(note, change=Change.FORGIVEN) if one.act.forgives else note
                for one, note in notes.items()
            }
        self._act(notes, now)

    def open(self, subject: Subject, now: datetime) -> None:
        """Open a lock."""
        self._act({subject: Note(Change.OPENED, "", "", milliseconds(now))}, now)

    def purge(self, now: datetime) -> None:
        """Delete what has expired."""
        self._states.purge(now)

    def check(self, now: datetime) -> None:
        """Raise StoreUnavailable if the storage cannot count, even if it can be read."""
        key = "check"
        for _ in range(ROUNDS):
            old = self._states.load([key]).get(key)
            new = Tries(opened_at=milliseconds(now) + (old is not None)).encode()
            if new == old or self._states.exchange([Exchange(key, old, new, now)]):
                return

    def _act(self, notes: Mapping[Subject, Note], now: datetime) -> Outcome:
        at = milliseconds(now)
        if not notes:
            return Outcome(Reserved(), {})
        turn = self._turns[hash(next(iter(notes))) % _STRIPES]
        with turn:
            try:
                self._require_rested()
                self._pay(notes, at)
                outcome = self._together(notes, at)
            except StoreUnavailable as error:
                self._note_failure(error)
                return self._alone(notes, at)
        self._note_answer()
        self._remember(outcome, notes, at)
        return outcome

    def _together(self, notes: Mapping[Subject, Note], now: int) -> Outcome:
        """Apply the notes in the shared storage."""
        keys = {one: one.key for one in sorted(notes, key=lambda one: one.key)}
        for _ in range(ROUNDS):
            texts = self._states.load(list(keys.values()))
            found = {one: self._whole(one, texts.get(key), now) for one, key in keys.items()}
            outcome = carry_out(found, notes, self._limits, now=now)
            refused = not isinstance(outcome.admission, Reserved)
            # A lock that was lost, or that is due because processes died, is written too.
            stored = {one: Tries.decode(texts.get(key)) for one, key in keys.items()}
            if refused and all(
                outcome.states[one].locked_until <= stored[one].locked_until for one in keys
            ):
                return outcome
            if self._states.exchange(
                [
                    self._exchange(one, texts.get(key), outcome.states[one])
                    for one, key in keys.items()
                ]
            ):
                return outcome
        if any(note.change is Change.RESERVED for note in notes.values()):
            return Outcome(Busy(), {})
        # An outcome must not get lost because too many arrive at once.
        raise StoreUnavailable("too many attempts at the same moment")

    def _exchange(self, subject: Subject, old: str | None, new: Tries) -> Exchange:
        until = _instant(new.kept_until(self._limits[subject.act]))
        return Exchange(subject.key, old, new.encode(), until)

    def _lost(self, subject: Subject, text: str | None, now: int) -> bool:
        """Tell whether the storage has lost a lock that this process knows of.

        As after a flush or a restored backup. A lock that was opened leaves a note.
        """
        own = self._own.get(subject)
        if own is None or not own.is_locked(now):
            return False
        stored = Tries.decode(text)
        return stored.locked_until < own.locked_until and stored.opened_at < own.locked_at

    def _whole(self, subject: Subject, text: str | None, now: int) -> Tries:
        stored = Tries.decode(text)
        own = self._own.get(subject)
        if own is None or not self._lost(subject, text, now):
            return stored
        return replace(stored, locked_at=own.locked_at, locked_until=own.locked_until)

    def _alone(self, notes: Mapping[Subject, Note], now: int) -> Outcome:
        """Apply the notes to this process's memory, and keep them for the storage."""
        with self._memory:
            found = {one: self._own.get(one, Tries()) for one in notes}
            outcome = carry_out(found, notes, self._limits, now=now)
            if isinstance(outcome.admission, Reserved):
                for one, note in notes.items():
                    self._keep(one, outcome.states[one], now)
                    self._owed.setdefault(one, []).append(note)
            self._tidy(now)
        return outcome

    def _pay(self, notes: Mapping[Subject, Note], now: int) -> None:
        """Enter the kept notes into the storage, before any decision by its content.

        Those of these subjects and some others: nobody should wait for all of them.
        """
        if not self._owed:
            return
        with self._paying:
            for subject in dict.fromkeys([*notes, *list(self._owed)[:PAID_BESIDES]]):
                if subject in self._owed:
                    self._pay_for(subject, now)

    def _pay_for(self, subject: Subject, now: int) -> None:
        limit = self._limits[subject.act]
        for _ in range(ROUNDS):
            notes = list(self._owed.get(subject, ()))
            text = self._states.load([subject.key]).get(subject.key)
            tries = self._whole(subject, text, now)
            for note in notes:
                # Each at its own time: places given back since must not count as failures.
                tries = tries.seen(limit, note.at).after(note).seen(limit, note.at)
            if self._states.exchange([self._exchange(subject, text, tries.seen(limit, now))]):
                break
        else:
            raise StoreUnavailable("too many attempts at the same moment")
        with self._memory:
            # Others may have added notes meanwhile.
            if left := self._owed.pop(subject, [])[len(notes) :]:
                self._owed[subject] = left

    def _remember(self, outcome: Outcome, notes: Mapping[Subject, Note], now: int) -> None:
        """Remember what this process needs if the storage fails next."""
        with self._memory:
            for one, shared in outcome.states.items():
                own = self._own.get(one, Tries())
                if shared.opened_at > own.opened_at:
                    own = own.after(Note(Change.OPENED, "", "", shared.opened_at))
                if isinstance(outcome.admission, Reserved):
                    own = own.after(notes[one])
                own = replace(own, locked_at=shared.locked_at, locked_until=shared.locked_until)
                self._keep(one, own, now)
            self._tidy(now)

    def _keep(self, subject: Subject, own: Tries, now: int) -> None:
        if own.kept_until(self._limits[subject.act]) > now:
            self._own[subject] = own
        else:
            self._own.pop(subject, None)

    def _tidy(self, now: int) -> None:
        if now < self._tidied_at + TIDY_EVERY:
            return
        self._tidied_at = now
        for subject, own in list(self._own.items()):
            # Locks begin with attempts only, or processes would lock at different times.
            self._keep(subject, own.without_ended(self._limits[subject.act], now), now)
        for subject, notes in list(self._owed.items()):
            if notes[-1].at + self._limits[subject.act].seconds * 1000 < now:
                del self._owed[subject]

    def _require_rested(self) -> None:
        if time.monotonic() < self._retry_at:
            raise StoreUnavailable("failed a moment ago")

    def _note_failure(self, error: StoreUnavailable) -> None:
        if time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + self._rest
        if self._is_shared:
            self._is_shared = False
            logger.warning("attempts are counted in this process only: %s", error)

    def _note_answer(self) -> None:
        if not self._is_shared:
            self._is_shared = True
            logger.info("attempts are counted over all processes again")


class NoThrottle:
    """Counts nothing: for load tests that ask for it."""

    is_shared = True

    def after_fork(self) -> None:
        """Do nothing."""

    def check(self, now: datetime) -> None:
        """Do nothing: it never fails."""

    def reserve(self, attempt: Attempt, now: datetime) -> Admission:
        """Accept every attempt."""
        del attempt, now
        return Reserved()

    def fail(self, attempt: Attempt, now: datetime) -> Mapping[Subject, datetime]:
        """Count nothing."""
        del attempt, now
        return {}

    def give_back(self, attempt: Attempt, now: datetime, *, right: bool) -> None:
        """Do nothing: nothing was reserved."""

    def open(self, subject: Subject, now: datetime) -> None:
        """Do nothing: there are no locks."""

    def purge(self, now: datetime) -> None:
        """Do nothing: nothing is stored."""


def _notes(attempt: Attempt, change: Change, now: datetime) -> dict[Subject, Note]:
    note = Note(change, attempt.id, attempt.source, milliseconds(now))
    return dict.fromkeys(attempt.subjects, note)


def _instant(milliseconds_: int) -> datetime:
    return datetime.fromtimestamp(milliseconds_ / 1000, UTC)
