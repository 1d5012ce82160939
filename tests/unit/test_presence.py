"""Who was seen: noted without waiting, once a minute, never an older generation over a newer."""

import threading

import pytest

from tigertally.core import presence as module
from tigertally.core.presence import NOTE_EVERY, Presence, Sighting


def test_a_session_that_was_seen_is_noted_once_and_then_forgotten() -> None:
    presence = Presence()
    presence.note("one", 0, 100.0)
    assert presence.drain() == (Sighting("one", 0, 100.0),)
    assert presence.drain() == ()


def test_the_same_session_is_noted_once_a_minute_however_often_it_calls() -> None:
    presence = Presence()
    for tenth in range(int(NOTE_EVERY * 10)):
        presence.note("one", 0, 100 + tenth / 10)
    assert presence.drain() == (Sighting("one", 0, 100.0),)
    presence.note("one", 0, 100 + NOTE_EVERY)
    assert presence.drain() == (Sighting("one", 0, 100 + NOTE_EVERY),)


def test_a_new_generation_is_noted_at_once() -> None:
    """It confirms the rotation: the sooner, the sooner its parent is spent."""
    presence = Presence()
    presence.note("one", 0, 100.0)
    presence.note("one", 1, 100.1)
    assert presence.drain() == (Sighting("one", 1, 100.1),)


def test_an_older_generation_does_not_take_the_place_of_a_newer() -> None:
    """A slow request with the token of before must not leave the rotation unconfirmed."""
    presence = Presence()
    presence.note("one", 1, 100.0)
    presence.note("one", 0, 100 + NOTE_EVERY)
    (sighting,) = presence.drain()
    assert sighting.generation == 1


def test_each_session_has_a_note_of_its_own() -> None:
    presence = Presence()
    presence.note("one", 0, 100.0)
    presence.note("two", 5, 101.0)
    assert set(presence.drain()) == {Sighting("one", 0, 100.0), Sighting("two", 5, 101.0)}


def test_the_memory_is_bounded_and_loses_no_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_MAX", 8)
    presence = Presence()
    for session in range(100):
        presence.note(str(session), 0, 100.0)
        assert len(presence._noted) <= 8
    assert len(presence.drain()) == 100


def test_threads_that_note_while_another_drains_lose_nothing() -> None:
    presence, drained = Presence(), set[str]()

    def note(thread: int) -> None:
        for session in range(500):
            presence.note(f"{thread}-{session}", 0, 100.0)

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        drained |= {sighting.session_id for sighting in presence.drain()}
    drained |= {sighting.session_id for sighting in presence.drain()}
    assert len(drained) == 2000
