"""Which transcripts there are; each is a function that plays it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.vectors.people import Carrier, Person
from tests.vectors.recording import Recording

Play = Callable[[Recording], None]
PlayBy = Callable[[Person], None]

CARRIERS: Final[tuple[Carrier, ...]] = ("the header", "cookies")


@dataclass(frozen=True, slots=True)
class Scene:
    """One transcript before it is played; ``settings`` are the service's own names."""

    name: str
    play: Play
    settings: Mapping[str, Any] = field(default_factory=dict)


SCENES: Final[dict[str, list[Scene]]] = {}
"""By the file that they are written to."""


def once(file: str, carrier: Carrier, **settings: Any) -> Callable[[PlayBy], PlayBy]:
    """Record a function for a client of one kind."""
    return _recorded(file, (carrier,), settings)


def both(file: str, **settings: Any) -> Callable[[PlayBy], PlayBy]:
    """Record a function twice: tokens in the header, tokens in cookies."""
    return _recorded(file, CARRIERS, settings)


def _recorded(
    file: str, carriers: tuple[Carrier, ...], settings: Mapping[str, Any]
) -> Callable[[PlayBy], PlayBy]:
    def record(play: PlayBy) -> PlayBy:
        for carrier in carriers:

            def begin(tape: Recording, carrier: Carrier = carrier) -> None:
                play(Person(tape, carrier))

            name = f"{play.__name__.replace('_', ' ')} (tokens in {carrier})"
            SCENES.setdefault(file, []).append(Scene(name, begin, settings))
        return play

    return record
