"""How much memory what is remembered takes, in a worker (goal G10)."""

import gc
import multiprocessing
from collections.abc import Callable
from typing import Final

import psutil

from benchmarks.findings import Finding, Findings
from tigertally.core.identifiers import new_id
from tigertally.core.revocation import Revocation, Revocations
from tigertally.core.sessions import EndReason
from tigertally.core.tokens import AccessClaims
from tigertally.core.verifier import VerifiedTokens

ENDED: Final = (10_000, 100_000, 1_000_000, 10_000_000)
TOKENS: Final = 50_000


def run() -> Findings:
    """Measure what a process grows by, each time in a new one."""
    for count in ENDED:
        grown = _grown_by(_remember_ended, count)
        goal = ("G10", 160.0) if count == 1_000_000 else ("", None)
        what = f"per ended session, at {count:,}"
        yield Finding("memory", what, grown / count, "B", *goal, "at most")
    grown = _grown_by(_remember_tokens, TOKENS)
    what = f"per remembered token, at {TOKENS:,}"
    yield Finding("memory", what, grown / TOKENS, "B", "G10", 400, "at most")


def _grown_by(remember: Callable[[int], object], count: int) -> int:
    # Not forked: what the parent had freed would be taken first.
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(remember, count, sender))
    process.start()
    grown: int = receiver.recv()
    process.join()
    return grown


def _measure(remember: Callable[[int], object], count: int, sender: object) -> None:
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    kept = remember(count)
    gc.collect()
    sender.send(process.memory_info().rss - before)  # type: ignore[attr-defined]
    del kept


def _remember_ended(count: int) -> object:
    known = Revocations()
    # All that ended within one life of an access token, 15 minutes, evenly.
    known.take_in(
        (
            Revocation(number, new_id(), EndReason.LOGGED_OUT, 2e9 + 900 * number / count)
            for number in range(count)
        ),
        0,
    )
    return known


def _remember_tokens(count: int) -> object:
    # All of different sessions, and minted within one life of an access token.
    kept = VerifiedTokens()
    for number in range(count):
        minted_at = 1_700_000_000 + 900 * number // count
        claims = AccessClaims(new_id(), new_id(), 0, minted_at, minted_at + 900, 0, ())
        kept.add(number.to_bytes(32), claims)
    return kept
