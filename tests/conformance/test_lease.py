"""The lease on the doorbell page: evidence that is too old is never taken for fresh."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.waiting import PATIENCE, wait_until

from tigertally.core.revocation import Revocation, Revocations
from tigertally.core.sessions import EndReason
from tigertally.server.feed_process import FeedKeeper
from tigertally.storage.doorbell import machine as doorbell_machine
from tigertally.storage.doorbell import reader as doorbell
from tigertally.storage.doorbell.machine import clock_offset, moment
from tigertally.storage.doorbell.page import Doorbell
from tigertally.storage.doorbell.reader import DoorbellReader
from tigertally.storage.sql.head import Head
from tigertally.storage.sql.watcher import Watcher

DATABASE = "a database"
SILENCE = 0.25


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Where the page lies."""
    return tmp_path / "feed.doorbell"


def answered(page: Path) -> tuple[Doorbell, DoorbellReader]:
    """Return a page with a fresh lease, and a reader that has answered all its rings."""
    reader = DoorbellReader(page, database_id=DATABASE)
    bell = reader.bell
    assert bell is not None
    bell.ring()
    bell.renew(moment())
    reader.answer(reader.listen())
    assert not reader.rang(None)
    return bell, reader


def test_a_lease_expires_by_itself(page: Path) -> None:
    """Nobody has to say that the feed is gone."""
    _, reader = answered(page)
    time.sleep(SILENCE + 0.02)
    assert reader.rang(SILENCE)
    assert not reader.rang(None)


def test_a_ring_and_a_renewal_between_two_looks_of_a_reader_are_not_missed(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is held up after its first look must not join old words to a new lease."""
    bell, reader = answered(page)
    time.sleep(SILENCE + 0.02)

    def keeper_acts() -> None:
        bell.ring()
        bell.renew(moment())

    for look in ("read", "silence"):
        original = getattr(Doorbell, look)

        def held_up(self: Doorbell, original: Callable[[Doorbell], object] = original) -> object:
            seen = original(self)
            keeper_acts()
            return seen

        with monkeypatch.context() as patch:
            patch.setattr(Doorbell, look, held_up)
            assert reader.rang(SILENCE), look
        reader.answer(reader.listen())
        time.sleep(SILENCE + 0.02)


def test_a_page_from_before_a_reboot_is_not_believed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies on the disk with a lease of a clock that was restarted since."""
    boot = tmp_path / "boot_id"
    boot.write_text("one life")
    monkeypatch.setattr(doorbell_machine, "_MACHINE_BOOT", boot)
    bell, _ = answered(page)
    bell.renew(moment() + 3600 * 10**9)
    boot.write_text("the next life")
    reader = DoorbellReader(page, database_id=DATABASE)
    assert reader.rang(SILENCE)
    reader.answer(reader.listen())
    assert reader.rang(SILENCE)


@pytest.mark.parametrize("seconds", [-7200.0, 7200.0])
def test_setting_the_clock_makes_readers_read_everything_again(
    seconds: float, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a twentieth of a second, in processes that notice nothing themselves as well."""
    bell, reader = answered(page)
    _, other = answered(page)
    offset = clock_offset()
    reader.answer(reader.listen())
    monkeypatch.setattr(doorbell, "clock_offset", lambda: offset + seconds)
    time.sleep(doorbell.RECHECK_AFTER)
    assert reader.rang(None)
    monkeypatch.undo()
    bell.renew(moment())
    assert other.rang(None)
    assert other.restarted(other.listen())


def test_a_lease_from_the_future_is_not_believed(page: Path) -> None:
    """As where containers that share the folder count different times."""
    bell, reader = answered(page)
    bell.renew(moment() + 10**9)
    assert reader.rang(SILENCE)


def test_a_readers_memory_is_replaced_in_one_step() -> None:
    """A verifier that looks while everything is read again never finds an ended session unknown."""
    entries = [Revocation(n, f"s{n}", EndReason.KICKED, 2e9) for n in range(1, 2000)]
    known = Revocations()
    known.take_in(entries, 1e9)
    over, forgotten = threading.Event(), []

    def look() -> None:
        while not over.is_set():
            if known.reason("s1") is None or known.reason("s1999") is None:
                forgotten.append(1)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(100):
        known.start_anew(entries, 1e9)
    over.set()
    looking.join()
    assert forgotten == []


class Watched:
    """A database's head, moved and broken by the test."""

    def __init__(self) -> None:
        self.at = 1
        self.life = "first"
        self.answers_after = 0.0
        self.broken = False
        self.failed = 0
        self.opened = 0

    def open(self) -> Watcher:
        """Connect."""
        self.opened += 1
        return self

    def head(self) -> Head:
        """Return the head."""
        seen = self.at
        time.sleep(self.answers_after)
        if self.broken:
            self.failed += 1
            raise ConnectionError("gone")
        return Head(seen, self.life)

    def wait(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def close(self) -> None:
        """Disconnect."""


class Kept:
    """A keeper in a thread."""

    def __init__(self, page: Path) -> None:
        self.head = Watched()
        self.reader = DoorbellReader(page, database_id=DATABASE)
        self._over = False
        keeper = FeedKeeper(
            self.head.open, DoorbellReader(page, database_id=DATABASE), max_silence=SILENCE
        )
        self._thread = threading.Thread(target=keeper.run, args=(lambda: self._over,))
        self._thread.start()

    def end(self) -> None:
        """Let it end."""
        self._over = True
        self._thread.join(timeout=PATIENCE)
        assert not self._thread.is_alive()

    def until_rung(self) -> None:
        """Wait until it rings."""
        wait_until(lambda: self.reader.rang(None), "the keeper rings")

    def settle(self) -> None:
        """Wait until it has looked, and answer its rings."""

        def is_heard() -> bool:
            self.reader.answer(self.reader.listen())
            return not self.reader.rang(SILENCE)

        wait_until(is_heard, "the keeper vouches, and nothing rings any more")


@pytest.fixture
def kept(page: Path) -> Iterator["Kept"]:
    """A keeper that has begun."""
    kept = Kept(page)
    try:
        kept.settle()
        yield kept
    finally:
        kept.end()


def test_a_keeper_rings_when_the_head_moves(kept: Kept) -> None:
    """And not otherwise."""
    time.sleep(0.2)
    assert not kept.reader.rang(None)
    kept.head.at += 1
    kept.until_rung()


def test_a_keeper_without_an_answer_renews_nothing(kept: Kept) -> None:
    """The lease runs out while it goes on trying."""
    kept.head.broken = True
    wait_until(lambda: kept.head.failed, "the keeper finds the database gone")
    time.sleep(SILENCE + 0.15)
    assert kept.reader.rang(SILENCE)
    kept.head.broken = False
    kept.settle()
    assert kept.head.opened > 1


def test_a_keeper_renews_with_the_time_of_its_question(kept: Kept) -> None:
    """An answer that was long under way says nothing of what happened meanwhile."""
    kept.head.answers_after = SILENCE * 2
    time.sleep(SILENCE * 3)
    stale = 0
    for _ in range(20):
        stale += kept.reader.rang(SILENCE)
        time.sleep(0.03)
    kept.head.answers_after = 0.0
    assert stale == 20


def test_a_keeper_outlives_its_page(kept: Kept, page: Path) -> None:
    """It makes another, and readers find that one."""
    for _ in range(20):
        page.unlink(missing_ok=True)
        kept.head.at += 1
        time.sleep(0.02)
    kept.settle()
    kept.head.at += 1
    kept.until_rung()


def test_a_keeper_rings_when_the_database_comes_back(kept: Kept) -> None:
    """It may have been restored meanwhile, and have come just as far again."""
    kept.head.broken = True
    wait_until(lambda: kept.head.failed, "the keeper finds the database gone")
    kept.head.broken = False
    kept.until_rung()
