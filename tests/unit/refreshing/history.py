"""The history of a session, and what a client presents that lived through it.

A bound session at generation N has a history: generation g + 1 was made with the nonce of g. What a
client would send follows from that alone, so a test names only a generation and who asks.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tigertally.core.refresh import Presented, Rotation, Verdict, decide, hash_nonce, rotated
from tigertally.core.sessions import Session
from tigertally.testing.samples import START, TIMES, sample_session

INSTANT = timedelta(microseconds=1)
ROTATED_AT = START + timedelta(hours=1)
AT_ONCE = ROTATED_AT + timedelta(seconds=2)
LATE = ROTATED_AT + timedelta(minutes=10)


def nonce(generation: int) -> str:
    """What the session's own client sends along with its token of this generation."""
    return hash_nonce(f"HMAC(device secret, rot, sid, {generation})")


def bound(generation: int, *, confirmed: bool = False) -> Session:
    row = sample_session(nonce="of the sign-in")
    for step in range(generation):
        row = rotated(row, nonce_hash=nonce(step), idle_ttl=TIMES.idle_ttl, now=ROTATED_AT)
    return replace(row, confirmed=confirmed)


def unbound(generation: int, *, confirmed: bool = False) -> Session:
    row = sample_session()
    for _ in range(generation):
        row = rotated(row, nonce_hash=None, idle_ttl=TIMES.idle_ttl, now=ROTATED_AT)
    return replace(row, confirmed=confirmed)


def token(row: Session, generation: int) -> Presented:
    """The token that was given out for this generation, if that ever was reached."""
    made_by = nonce(generation - 1) if generation else hash_nonce("of the sign-in")
    return Presented(row.id, generation, made_by if row.bound else None)


def ask(
    row: Session,
    generation: int,
    nonce_hash: str | None,
    *,
    now: datetime = AT_ONCE,
    rotation: Rotation = Rotation.ALWAYS,
) -> Verdict:
    return decide(row, token(row, generation), nonce_hash=nonce_hash, rotation=rotation, now=now)


STRANGER = hash_nonce("what a thief makes up")
ANYBODY = pytest.mark.parametrize("sent", [None, nonce(0), nonce(3), STRANGER])
EVERY_ROW = pytest.mark.parametrize("row", [bound(3), unbound(3)], ids=["bound", "unbound"])
