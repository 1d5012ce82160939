"""The refresh decision: whether a refresh is honest, stale or a theft.

A pure function of a row, a presented token, a nonce and the time. The SQL store makes the same
decision with one guarded UPDATE, and calls :func:`decide` only if that changes no row. Tests
compare the two: random rows and tokens on each database engine
(``tests/conformance/test_refresh_like_the_rules.py``), and random lives over both.

A client computes the nonce as ``HMAC(device_secret, "rot" | sid | gen)``. So all its tabs, restarts
and retries send the same one. A client that made a child with a nonce can ask for that child again.
A different nonce, or none, comes from another client. The whole table is in ARCHITECTURE.md; what
the service answers in each row is in ``tigertally/contract/vectors``.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tigertally.core.sessions import Ending, Session

REPLAY_WINDOW: Final = timedelta(seconds=10)
"""How long after a rotation the token before it is good, if the new one was used already."""

RING_SIZE: Final = 64
"""For how many generations a frozen tab of a bound session is told from a thief."""

RING_ENTRY: Final = 16
"""Hexadecimal digits of one ring entry: 64 bits tell 64 nonces of a session apart."""


class Rotation(StrEnum):
    """When a refresh makes a new generation."""

    ALWAYS = "always"
    BOUND = "bound"
    """Only in bound sessions. Unbound ones keep their refresh token; its theft is not noticed."""


@dataclass(frozen=True, slots=True)
class Presented:
    """The content of an authentic refresh token: session, generation, and its maker's nonce."""

    session_id: str
    generation: int
    nonce_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rotate:
    """Make the next generation."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Only extend the idle deadline: this session does not rotate."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Return the current generation again: its maker lost the answer, or asked twice."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Answer ``refresh_stale``: an honest client is too late. Nothing ends, no token is given."""


@dataclass(frozen=True, slots=True)
class Reused:
    """End the session: two parties hold it."""


@dataclass(frozen=True, slots=True)
class Over:
    """The session has ended."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no row that this token can belong to. Nothing ends."""


Verdict = Rotate | Keep | Replay | Stale | Reused | Over | Unknown


def hash_nonce(nonce: str) -> str:
    """Return 128 bits of SHA-256 in hexadecimal. A nonce is too random to be guessed from it."""
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
    """Decide one refresh, in the order of the table in ARCHITECTURE.md.

    ``presented`` must come from a token with a checked signature. Only *authentic* reuse may end a
    session, or anybody could sign out anybody. ``nonce_hash`` is the hash of the nonce sent along.
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
