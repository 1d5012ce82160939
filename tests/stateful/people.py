"""Who takes part in a life, and what each of them has."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.stateful.worlds import Issued, Refusal

from tigertally.core.refresh import REPLAY_WINDOW
from tigertally.core.sessions import Session


@dataclass(eq=False)
class Client:
    """An honest holder of one session."""

    bound: bool
    number: int
    store: Issued
    tabs: list[Issued]
    faithful: bool = False
    """A tutorial that sends its first refresh token forever."""
    signed_in: bool = True

    def nonce(self, generation: int) -> str | None:
        return nonce_of(self.number, generation) if self.bound else None


@dataclass(eq=False)
class Request:
    """On its way to the server, and the client that waits for its answer."""

    client: Client
    tab: int
    pair: Issued
    sent_at: float
    answer: Issued | Refusal | None = None

    def is_promised(self, row: Session, now: datetime) -> bool:
        """Tell whether it must be taken for honest, however late it comes.

        Without a nonce, the token before is good until the next one is used, or for ten seconds
        after the rotation. Then nothing tells it from a thief's.
        """
        is_replaced = row.confirmed and row.generation == self.pair.generation + 1
        return self.client.bound or not is_replaced or now - row.rotated_at <= REPLAY_WINDOW


@dataclass
class Loot:
    """What thieves know: all of it."""

    pairs: list[Issued] = field(default_factory=list)
    nonces: list[tuple[str, int, str]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Sessions for which any thief did anything."""
    rotated: set[str] = field(default_factory=set)
    """Sessions of which a thief rotated a token with a nonce that was not its owner's."""


def nonce_of(holder: int, generation: int) -> str:
    """What somebody sends along with a token of this generation; the same each time."""
    return f"nonce-of-holder-{holder}-for-{generation}"
