"""Some threads always stay free of other services."""

import pytest

from tigertally.errors import ProviderUnavailable
from tigertally.flows.room import PLACES, Room
from tigertally.server.edge.lanes import WIDTHS


def test_a_process_has_threads_besides() -> None:
    assert WIDTHS["provider"].threads > PLACES


def test_a_thread_without_a_free_slot_is_refused_and_later_let_in() -> None:
    room = Room(places=1, patience=0.01)
    for _ in range(3):
        with room.place(), pytest.raises(ProviderUnavailable), room.place():
            pytest.fail("there was one place only")
    with room.place():
        pass


def test_a_place_is_given_back_whatever_happens_in_it() -> None:
    room = Room(places=1, patience=0.01)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), room.place():
            raise ZeroDivisionError


def test_nobody_waits_behind_a_thread_that_gave_up() -> None:
    """Patience of a day: this test would not end, did the third one wait."""
    room = Room(places=1, patience=0.01)
    with room.place():
        with pytest.raises(ProviderUnavailable), room.place():
            pytest.fail("no place")
        room._patience = 86_400
        with pytest.raises(ProviderUnavailable), room.place():
            pytest.fail("no place")
