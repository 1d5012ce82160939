"""Whatever is wrong with the feed: nobody is let in, nothing hangs, and all is well afterwards."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.waiting import PATIENCE, wait_until

from tigertally.core.tokens import AccessClaims
from tigertally.errors import SessionEnded, TallyError, VerifierUnavailable
from tigertally.testing.verifying import FAULTS, FeedStandIn
from tigertally.verify import AsyncVerifier, Verifier

pytestmark = pytest.mark.slow  # a minute, all together

Verify = Callable[[str], AccessClaims]

HARMLESS = {"duplicated", "gap"}
"""They concern entries: where these are as they should be read again, nothing is lost."""


@pytest.fixture(params=["threads", "asyncio"])
def verify(request: pytest.FixtureRequest, stand_in: FeedStandIn) -> Iterator[Verify]:
    """Verify a token, by either verifier."""
    key = stand_in.history.key.reveal()
    if request.param == "threads":
        by_threads = Verifier(stand_in.url, key)
        yield by_threads.verify
        by_threads.close()
        return
    verifier = AsyncVerifier(stand_in.url, key)
    with asyncio.Runner() as runner:
        yield lambda token: runner.run(verifier.verify(token))
        runner.run(verifier.close())


def outcome(verify: Verify, token: str) -> str:
    try:
        verify(token)
    except TallyError as error:
        return error.code
    return "in"


def settled(verify: Verify, token: str, wanted: str) -> None:
    """Wait until the evidence is renewed: a busy machine may keep the feed from answering."""
    wait_until(lambda: outcome(verify, token) == wanted, wanted)


def until_old() -> None:
    """Wait until no verifier may rely on what it heard."""
    began = time.monotonic()
    wait_until(lambda: time.monotonic() > began + 0.26, "the evidence is old")


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - HARMLESS))
def test_nobody_is_let_in_and_all_is_well_afterwards(
    fault: str, stand_in: FeedStandIn, verify: Verify
) -> None:
    token, session = stand_in.sign_in()
    stand_in.history.end("somebody else")
    settled(verify, token, "in")
    stand_in.fault = fault
    until_old()
    for _ in range(3):
        assert outcome(verify, token) == "verifier_unavailable"
    stand_in.history.end(session)
    assert outcome(verify, token) == "verifier_unavailable"
    stand_in.fault = None
    settled(verify, token, "session_ended")


@pytest.mark.parametrize("fault", sorted(HARMLESS))
def test_entries_that_do_not_fit_let_no_ended_session_in(
    fault: str, stand_in: FeedStandIn, verify: Verify
) -> None:
    token, session = stand_in.sign_in()
    stand_in.history.end("somebody else")
    settled(verify, token, "in")
    stand_in.fault = fault
    stand_in.history.end(session)
    stand_in.history.end("a third one")
    until_old()
    assert outcome(verify, token) in {"session_ended", "verifier_unavailable"}
    if fault == "duplicated":
        stand_in.fault = None
    settled(verify, token, "session_ended")


def test_a_database_from_a_backup_is_read_again(stand_in: FeedStandIn, verify: Verify) -> None:
    token, session = stand_in.sign_in()
    stand_in.history.end("somebody else")
    settled(verify, token, "in")
    stand_in.history.begin()
    stand_in.history.end(session)
    until_old()
    settled(verify, token, "session_ended")


def test_a_million_entries_are_read_before_anybody_is_let_in(
    stand_in: FeedStandIn, verify: Verify
) -> None:
    token, session = stand_in.sign_in()
    stand_in.history.fill(999_999)
    stand_in.history.end(session)
    seen: set[str] = set()

    def whole() -> bool:
        seen.add(outcome(verify, token))
        return "session_ended" in seen

    wait_until(whole, "the last page")
    assert seen <= {"verifier_unavailable", "session_ended"}
    assert len(stand_in.asked) >= 200


def test_a_wrong_key_is_said_once_with_the_remedy(
    stand_in: FeedStandIn, verify: Verify, caplog: pytest.LogCaptureFixture
) -> None:
    token, _ = stand_in.sign_in()
    stand_in.fault = "key-withdrawn"
    with caplog.at_level(logging.ERROR, "tigertally.verify"):
        for _ in range(3):
            settled(verify, token, "verifier_unavailable")
            until_old()
    said = [one.getMessage() for one in caplog.records if "services rotate" in one.getMessage()]
    assert len(said) == 1
    assert stand_in.history.key.key.reveal() not in caplog.text


def test_an_idle_verifier_asks_nothing(stand_in: FeedStandIn, verify: Verify) -> None:
    token, _ = stand_in.sign_in()
    settled(verify, token, "in")
    asked = len(stand_in.asked)
    until_old()
    until_old()
    assert len(stand_in.asked) == asked


def test_many_threads_ask_one_question(stand_in: FeedStandIn) -> None:

    verifier = Verifier(stand_in.url, stand_in.history.key.reveal())
    token, _ = stand_in.sign_in()
    barrier, found = threading.Barrier(20), []

    def check() -> None:
        barrier.wait(PATIENCE)
        found.append(outcome(verifier.verify, token))

    threads = [threading.Thread(target=check) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    verifier.close()
    assert len(found) == 20
    if set(found) == {"in"}:
        # No more than one, but where it took longer than evidence may be old.
        assert len(stand_in.asked) <= 3


def test_a_stuck_question_holds_nobody_up(stand_in: FeedStandIn) -> None:
    """Whoever asked may hang for ever; a later request asks again."""

    verifier = Verifier(stand_in.url, stand_in.history.key.reveal())
    token, _ = stand_in.sign_in()
    released = threading.Event()
    wire: Any = verifier._wire
    ask = wire.ask

    def hang(question: Any) -> Any:
        wire.ask = ask
        released.wait(PATIENCE)
        return ask(question)

    wire.ask = hang
    stuck = threading.Thread(target=outcome, args=(verifier.verify, token))
    stuck.start()
    settled(verifier.verify, token, "in")
    released.set()
    stuck.join(PATIENCE)
    settled(verifier.verify, token, "in")
    verifier.close()


def test_a_request_that_is_cancelled_takes_no_answer_from_others(stand_in: FeedStandIn) -> None:
    async def play() -> AccessClaims:
        verifier = AsyncVerifier(stand_in.url, stand_in.history.key.reveal())
        token, _ = stand_in.sign_in()
        first = asyncio.create_task(verifier.verify(token))
        await asyncio.sleep(0)
        others = [asyncio.create_task(verifier.verify(token)) for _ in range(5)]
        await asyncio.sleep(0)
        first.cancel()
        claims = await others[0]
        await asyncio.gather(*others)
        await verifier.close()
        return claims

    assert asyncio.run(play()).user_id == "ada"


def test_the_loop_goes_on_while_the_feed_is_silent(stand_in: FeedStandIn) -> None:
    """Counted in turns of the loop, not in time."""

    async def play() -> int:
        verifier = AsyncVerifier(stand_in.url, stand_in.history.key.reveal())
        token, _ = stand_in.sign_in()
        stand_in.fault = "silent"
        asking = asyncio.create_task(verifier.verify(token))
        turns = 0
        while not asking.done():
            await asyncio.sleep(0)
            turns += 1
        assert isinstance(asking.exception(), VerifierUnavailable)
        await verifier.close()
        return turns

    assert asyncio.run(play()) > 100


def test_ended_sessions_are_told_why(stand_in: FeedStandIn, verify: Verify) -> None:
    token, session = stand_in.sign_in()
    stand_in.history.end(session, "kicked")

    def reason() -> str:
        try:
            verify(token)
        except SessionEnded as error:
            return error.reason
        except VerifierUnavailable:
            return ""
        return ""

    wait_until(lambda: reason() == "kicked", "the reason")
