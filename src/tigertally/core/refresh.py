"""The refresh decision: honest, overslept, or a theft.

Pure: a row, a presented token, a nonce and the time go in, a verdict comes out. The SQL store makes
the same decision with one guarded UPDATE and asks :func:`decide` only where that changed no row.
That both come to the same is held by tests: random rows and tokens on each kind of database
(``tests/conformance/test_refresh_like_the_rules.py``), and random lives over both.

The nonce is ``HMAC(device_secret, "rot" | sid | gen)`` on the client, hence the same for all its
tabs, restarts and retries. Who made a child with one nonce can ask for the same child again; who
comes with another one, or none, is not the one who made it. The whole table is in ARCHITECTURE.md;
what the service answers in each row is in ``tigertally/contract/vectors``.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tigertally.core.sessions import Ending, Session

REPLAY_WINDOW: Final = timedelta(seconds=10)
"""How long the parent may ask again although its child has been seen in use."""

RING_SIZE: Final = 64
"""How many generations a frozen tab of a bound session may sleep and not be a thief."""

RING_ENTRY: Final = 16
"""Characters of one ring entry: 64 bits, enough to tell 64 nonces of one session apart."""


class Rotation(StrEnum):
    """When a refresh makes a new generation."""

    ALWAYS = "always"
    BOUND = "bound"
    """Only in bound sessions: an unbound one keeps its refresh token, and its theft goes unseen."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What an authentic refresh token says: its session, its generation, and who made that."""

    session_id: str
    generation: int
    nonce_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rotate:
    """Make the next generation."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Only slide the idle deadline: this session does not rotate."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Answer with the current generation again: its maker lost the answer, or asked twice."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Answer ``refresh_stale``: an honest client overslept. Nothing ends, nothing is given."""


@dataclass(frozen=True, slots=True)
class Reused:
    """Two parties hold this session: end it."""


@dataclass(frozen=True, slots=True)
class Over:
    """The session ended before."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Unknown:
    """No row, or one that this token cannot be of: nobody is accused."""


Verdict = Rotate | Keep | Replay | Stale | Reused | Over | Unknown


def hash_nonce(nonce: str) -> str:
    """Return 128 bits of SHA-256 in hexadecimal; a nonce is too random to be guessed back."""
    return hashlib.sha256(nonce.encode()).hexdigest()[:32]


def ring_entry(nonce_hash: str) -> str:
    """Return the part of a nonce hash that the ring keeps."""
    return nonce_hash[:RING_ENTRY]


def decide(
    session: Session | None,
    presented: Presented,
    *,
    nonce_hash: str | None,
    rotation: Rotation,
    now: datetime,
) -> Verdict:
    """Judge one refresh, top to bottom as the table stands in ARCHITECTURE.md.

    ``presented`` must come from a token whose signature was checked: only *authentic* reuse may end
    a session, or anybody could sign out anybody. ``nonce_hash`` is of the nonce sent along.
    """
    if session is None:
        return Unknown()
    if ending := session.ended(now):
        return Over(ending)
    age = session.generation - presented.generation
    of_bound = presented.nonce_hash is not None
    if age < 0 or (of_bound and not session.bound):
        return Unknown()
    if session.bound:
        return _decide_bound(session, presented, age, nonce_hash, now)
    return _decide_unbound(session, age, rotation, now)


def _decide_bound(
    session: Session, presented: Presented, age: int, nonce_hash: str | None, now: datetime
) -> Verdict:
    if nonce_hash is None:
        return Reused()
    if age == 0:
        return Rotate() if presented.nonce_hash == session.nonce_hash else Reused()
    if age == 1 and nonce_hash == session.nonce_hash:
        return Replay() if _may_ask_again(session, now) else Stale()
    if ring_entry(nonce_hash) == _maker_of_child(session, age):
        return Stale()
    return Reused()


def _decide_unbound(session: Session, age: int, rotation: Rotation, now: datetime) -> Verdict:
    if age == 0:
        return Keep() if rotation is Rotation.BOUND else Rotate()
    if age == 1 and _may_ask_again(session, now):
        return Replay()
    return Reused()


def _may_ask_again(session: Session, now: datetime) -> bool:
    return not session.confirmed or now - session.rotated_at <= REPLAY_WINDOW


def _maker_of_child(session: Session, age: int) -> str | None:
    """Return the ring entry of the nonce that made the child of a token ``age`` generations old."""
    start = len(session.nonce_ring) - age * RING_ENTRY
    return session.nonce_ring[start : start + RING_ENTRY] if start >= 0 else None


def rotated(
    session: Session, *, nonce_hash: str | None, idle_ttl: timedelta, now: datetime
) -> Session:
    """Return the row after :class:`Rotate`. A nonce sent to an unbound session is ignored."""
    made_by = nonce_hash if session.bound else None
    ring = session.nonce_ring + ring_entry(made_by) if made_by else ""
    return replace(
        session,
        generation=session.generation + 1,
        nonce_hash=made_by,
        nonce_ring=ring[-RING_SIZE * RING_ENTRY :],
        rotated_at=now,
        confirmed=False,
        last_seen_at=now,
        idle_expires_at=min(now + idle_ttl, session.absolute_expires_at),
    )


def kept(session: Session, *, idle_ttl: timedelta, now: datetime) -> Session:
    """Return the row after :class:`Keep`."""
    deadline = min(now + idle_ttl, session.absolute_expires_at)
    return replace(session, last_seen_at=now, idle_expires_at=deadline)
