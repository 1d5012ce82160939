"""Rate limits on guessing: how many failures are allowed before a lockout.

An attempt takes a place before anything is hashed, and gives it back when the secret was right. A
subject has as many places as it may have failures, so no more guesses than that are ever under way
or counted, however many come at once. An attempt that finds all places taken waits while some are
under way, and is refused once they are failures.

Only guessing is locked: live sessions go on working and refreshing, whatever a stranger tries at
the account.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

LEASE: Final = 30_000
"""Milliseconds that an attempt counts as under way. One that takes longer counts as a failure until
it says otherwise: its process may be dead, and a dead process must not give guesses away."""


class Act(StrEnum):
    """What is counted."""

    PASSWORD_FOR_ACCOUNT = "password_for_account"
    """For one account, from all networks together that it never signed in from."""
    PASSWORD_FROM_NETWORK = "password_from_network"
    """For one account from one network."""
    PASSWORD_IN_SESSION = "password_in_session"
    PASSWORD_FROM_ADDRESS = "password_from_address"
    REGISTRATION_FROM_ADDRESS = "registration_from_address"
    TAKEN_NAME_FROM_ADDRESS = "taken_name_from_address"
    PROVIDER_CODE_FROM_ADDRESS = "provider_code_from_address"
    CODE_GUESS_FROM_ADDRESS = "code_guess_from_address"
    """Wrong codes that we sent; for one challenge, its row counts."""
    CODE_IN_A_MINUTE = "code_in_a_minute"
    """Codes that are sent to one address or number; so are the next two."""
    CODE_IN_AN_HOUR = "code_in_an_hour"
    CODE_IN_A_DAY = "code_in_a_day"
    CODES_FROM_ADDRESS = "codes_from_address"
    """Codes that are asked for from one network."""
    UPLOAD_BY_USER = "upload_by_user"
    """Counts every upload, since each is decoded."""

    @property
    def forgives(self) -> bool:
        """Whether the right secret takes back the failures of the same source.

        Never for an address: with one account of their own, a guesser would clear it as they like.
        """
        return self in {
            Act.PASSWORD_FOR_ACCOUNT,
            Act.PASSWORD_FROM_NETWORK,
            Act.PASSWORD_IN_SESSION,
        }

    @property
    def lock(self) -> str | None:
        """What is locked after too many of it, as the contract calls it."""
        if self is Act.PASSWORD_IN_SESSION:
            return "session"
        return "password" if self.forgives else None


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are allowed within how many seconds. A lock lasts as long again."""

    times: int
    seconds: int


FAILURES_FROM_ADDRESS: Final = Limit(times=100, seconds=600)
"""High: a whole office may share one address."""

REGISTRATIONS_FROM_ADDRESS: Final = Limit(times=200, seconds=3600)
"""Also those that are refused: each may cost a hash."""

TAKEN_NAMES_FROM_ADDRESS: Final = Limit(times=30, seconds=3600)
"""How many accounts one network can find out about."""


CODES_TO_TARGET: Final = {
    Act.CODE_IN_A_MINUTE: Limit(times=1, seconds=60),
    Act.CODE_IN_AN_HOUR: Limit(times=5, seconds=3600),
    Act.CODE_IN_A_DAY: Limit(times=10, seconds=86_400),
}
"""How many codes an address or a number gets."""

CODES_FROM_ADDRESS: Final = Limit(times=60, seconds=3600)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is counted, and for what. Names are stored as hashes, so that counters reveal nobody."""

    act: Act
    name: str

    @property
    def key(self) -> str:
        """Return the key under which the state is stored."""
        return f"{self.act}:{_hash(self.name)}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a secret. It counts for all its subjects, or for no subject."""

    id: str
    subjects: tuple[Subject, ...]
    source: str = ""
    """The network that tries; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """The attempt has its places."""


@dataclass(frozen=True, slots=True)
class Busy:
    """All places are taken, and some of their attempts (by id) are still under way."""

    under_way: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Locked:
    """There were too many failures; the lock ends in so many seconds."""

    retry_after: int


Admission = Reserved | Busy | Locked


class Change(StrEnum):
    """What can happen to an attempt, or to a subject as a whole."""

    RESERVED = "reserved"
    FAILED = "failed"
    GIVEN_BACK = "given_back"
    FORGIVEN = "forgiven"
    """Given back because it was right: its source's failures go with it."""
    OPENED = "opened"
    """Somebody with the right to do so opened the lock."""


@dataclass(frozen=True, slots=True)
class Note:
    """A change, and when it happened. Applying the same note twice changes nothing."""

    change: Change
    attempt: str
    source: str
    at: int


@dataclass(frozen=True, slots=True)
class Place:
    """A reserved place: by which attempt, since when, and whether that failed."""

    attempt: str
    source: str
    at: int
    failed: bool

    def is_under_way(self, now: int) -> bool:
        """Tell whether its outcome is still to come."""
        return not self.failed and now < self.at + LEASE


@dataclass(frozen=True, slots=True)
class Tries:
    """The state of a subject. Instants are whole milliseconds since 1970."""

    places: tuple[Place, ...] = ()
    locked_at: int = 0
    locked_until: int = 0
    opened_at: int = 0

    def seen(self, limit: Limit, now: int) -> "Tries":
        """Return the state as of now: without what has expired, and locked if that is due."""
        kept = self.without_ended(limit, now)
        failed = [place for place in kept.places if not place.is_under_way(now)]
        if self.is_locked(now):
            return kept
        if len(failed) < limit.times:
            return Tries(kept.places, opened_at=self.opened_at)
        locked_at = max(place.at for place in failed)
        under_way = tuple(place for place in kept.places if place.is_under_way(now))
        return Tries(under_way, locked_at, locked_at + limit.seconds * 1000, self.opened_at)

    def without_ended(self, limit: Limit, now: int) -> "Tries":
        """Return the state without expired places."""
        return replace(self, places=tuple(one for one in self.places if _ends(one, limit) > now))

    def is_locked(self, now: int) -> bool:
        """Tell whether attempts are refused."""
        return self.locked_until > now

    def refusal(self, limit: Limit, now: int) -> Busy | Locked | None:
        """Return why an attempt gets no place in this state, which was :meth:`seen` now."""
        if self.is_locked(now):
            return Locked(-(-(self.locked_until - now) // 1000))
        if len(self.places) < limit.times:
            return None
        return Busy(frozenset(one.attempt for one in self.places if one.is_under_way(now)))

    def after(self, note: Note) -> "Tries":
        """Return the state after a change."""
        others = tuple(place for place in self.places if place.attempt != note.attempt)
        place = Place(note.attempt, note.source, note.at, note.change is Change.FAILED)
        match note.change:
            case Change.RESERVED:
                known = len(others) < len(self.places)
                return self if known else replace(self, places=(*others, place))
            case Change.FAILED:
                return replace(self, places=(*others, place))
            case Change.GIVEN_BACK:
                return replace(self, places=others)
            case Change.FORGIVEN:
                return replace(self, places=self._forgiven(note))
            case Change.OPENED:
                under_way = tuple(one for one in others if one.is_under_way(note.at))
                return Tries(under_way, opened_at=note.at)

    def _forgiven(self, note: Note) -> tuple[Place, ...]:
        """Return the places that stay when an attempt was right.

        What its source did wrong before is forgotten, where it tried one after the other. Of many
        tried at once nothing is: a right guess among them must not make room for more wrong ones.
        """
        names = [place.attempt for place in self.places]
        others = tuple(place for place in self.places if place.attempt != note.attempt)
        # In the order in which they took their place or failed.
        before = self.places[: names.index(note.attempt)] if note.attempt in names else ()
        at_once = before != others or any(place.is_under_way(note.at) for place in before)
        if at_once or not note.source:
            return others
        return tuple(place for place in before if place.source != note.source)

    def kept_until(self, limit: Limit) -> int:
        """Return when the whole state has expired."""
        ends = (_ends(place, limit) for place in self.places)
        opened = self.opened_at + limit.seconds * 1000 if self.opened_at else 0
        return max(self.locked_until, opened, *ends, 0)

    def encode(self) -> str:
        """Return the state as text. Different states have different texts."""
        places = [[one.attempt, one.source, one.at, int(one.failed)] for one in self.places]
        parts = [places, self.locked_at, self.locked_until, self.opened_at]
        return json.dumps(parts, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str | None) -> "Tries":
        """Parse a text. ``None`` gives the state of an unknown subject."""
        if text is None:
            return cls()
        try:
            places, locked_at, locked_until, opened_at = json.loads(text)
            taken = tuple(Place(one, by, at, failed=bool(failed)) for one, by, at, failed in places)
        except (TypeError, ValueError):
            # Written by another version, or not by us: start over.
            return cls()
        return cls(taken, locked_at, locked_until, opened_at)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one act on several subjects."""

    admission: Admission
    states: Mapping[Subject, Tries]
    locked: tuple[Subject, ...] = ()
    """The subjects that this act locked."""


def carry_out(
    found: Mapping[Subject, Tries],
    notes: Mapping[Subject, Note],
    limits: Mapping[Act, Limit],
    *,
    now: int,
) -> Outcome:
    """Apply the notes. If one subject refuses a place, change no subject."""
    states = {one: tries.seen(limits[one.act], now) for one, tries in found.items()}
    refusals = [
        refusal
        for one, tries in states.items()
        if notes[one].change is Change.RESERVED and (refusal := tries.refusal(limits[one.act], now))
    ]
    if refusals:
        return Outcome(_strictest(refusals), states)
    after = {
        one: tries.after(notes[one]).seen(limits[one.act], now) for one, tries in states.items()
    }
    locked = tuple(
        one for one in after if after[one].is_locked(now) and not states[one].is_locked(now)
    )
    return Outcome(Reserved(), after, locked)


def milliseconds(instant: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return round(instant.timestamp() * 1000)


def source_of(name: str | None) -> str:
    """Return the short hash under which a source is kept; empty where it is unknown."""
    return _hash(name)[:12] if name else ""


def _strictest(refusals: Iterable[Busy | Locked]) -> Busy | Locked:
    refusals = list(refusals)
    locked = [one for one in refusals if isinstance(one, Locked)]
    if locked:
        return max(locked, key=lambda one: one.retry_after)
    return next(one for one in refusals)


def _ends(place: Place, limit: Limit) -> int:
    """Return when a place expires by itself."""
    return place.at + max(limit.seconds * 1000, 0 if place.failed else LEASE)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
