"""The rate-limited step of every journey in which somebody could guess a secret.

The attempt reserves a place before the secret is checked. If all places are taken, it waits for the
attempts under way: right ones free their places, wrong ones do not, and then it is refused. So a
refused secret was never checked, and the answer cannot tell a right guess from a wrong one.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from tigertally.core.addresses import counted_network
from tigertally.core.identifiers import new_id
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act, Attempt, Busy, Locked, Subject, source_of
from tigertally.errors import RateLimited
from tigertally.flows.context import Context
from tigertally.flows.steps.note_refusals import note_locks, note_refused_attempt
from tigertally.flows.waiting import WAIT_MAX, Line

COME_BACK: Final = 5
"""Seconds after which a caller that waited too long may try again."""


class Guess:
    """An attempt that has reserved its places."""

    counts: bool = False

    def count(self) -> None:
        """Count the attempt: the secret was wrong, or every attempt counts."""
        self.counts = True


@contextmanager
def attempt(
    context: Context,
    *subjects: Subject,
    by_address: Act,
    device: Device,
    user_id: str | None = None,
) -> Iterator[Guess]:
    """Run the check of a secret as an attempt; ``by_address`` also counts the caller's address.

    ``user_id`` is the owner of the secret, if there is such a user.

    An exception tells nothing about the secret, so the place is given back. Raises RateLimited.
    """
    network = counted_network(device.ip)
    # Callers with an unknown address are not counted by it: they would all share one lock.
    if network:
        subjects += (Subject(by_address, network),)
    trying = Attempt(new_id(), subjects, source_of(network))
    with context.waiting.line(subjects[:1]) as line:
        try:
            _take_place(context, trying, line)
        except RateLimited:
            note_refused_attempt(context, trying, device=device, user_id=user_id)
            raise
        guess, is_over = Guess(), False
        try:
            yield guess
            is_over = True
        finally:
            locked = _settle(context, trying, right=is_over, counts=guess.counts)
            line.move_on()
            note_locks(context, locked, device=device, user_id=user_id)


def _take_place(context: Context, trying: Attempt, line: Line) -> None:
    until = time.monotonic() + WAIT_MAX
    try:
        with line.first():
            while isinstance(busy := _reserve(context, trying, line), Busy):
                line.wait(busy.under_way, until)
    except TimeoutError:
        raise RateLimited(COME_BACK) from None


def _reserve(context: Context, trying: Attempt, line: Line) -> Busy | None:
    line.about_to_ask()
    admission = context.throttle.reserve(trying, context.clock.now())
    if isinstance(admission, Locked):
        # The same for every attempt at this secret: nothing tells which limit is reached.
        raise RateLimited(admission.retry_after, trying.subjects[0].act.lock)
    return admission if isinstance(admission, Busy) else None


def _settle(
    context: Context, trying: Attempt, *, right: bool, counts: bool
) -> Mapping[Subject, datetime]:
    now = context.clock.now()
    if counts:
        return context.throttle.fail(trying, now)
    context.throttle.give_back(trying, now, right=right)
    return {}
