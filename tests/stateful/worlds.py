"""What a world of these lives can do, and what comes of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tigertally.core.refresh import Rotation
from tigertally.core.sessions import Session
from tigertally.core.verifier import Verifier
from tigertally.errors import SessionEnded, TokenExpired
from tigertally.testing import MovableClock


@dataclass(frozen=True)
class Issued:
    """A pair that was given out, to whomever."""

    session_id: str
    generation: int
    refresh: str
    access: str


class Refusal(StrEnum):
    """What comes instead of a pair, or of being let in."""

    STALE = "stale"
    ENDED = "ended"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class World(Protocol):
    """What clients and thieves can do. One user owns all sessions that were opened last."""

    clock: MovableClock
    rotation: Rotation

    def begin(self, rotation: Rotation) -> None:
        """Let a new user come, under this setting."""
        ...

    def sign_in(self, nonce: str | None) -> Issued: ...

    def refresh(self, token: str, nonce: str | None) -> Issued | Refusal: ...

    def verify(self, access: str) -> Refusal | None:
        """Make a request; return why it was refused."""
        ...

    def write_presence(self) -> None: ...

    def sign_out(self, token: str) -> None: ...

    def kick(self, session_id: str) -> None: ...

    def change_password(self, session_id: str) -> None:
        """End all other sessions of the user, and this one's access tokens, if this one lives."""
        ...

    def prove(self, pair: Issued) -> Issued | Refusal:
        """Enter the password again; return the pair with a fresh access token in it."""
        ...

    def row(self, session_id: str) -> Session: ...

    def journeys_of_the_dead(self, session_id: str) -> list[str]:
        """Try every journey as this ended session; return those that did not refuse."""
        ...


def verify(verifier: Verifier, access: str) -> Refusal | None:
    try:
        verifier.verify(access)
    except SessionEnded:
        return Refusal.ENDED
    except TokenExpired:
        return Refusal.EXPIRED
    return None
