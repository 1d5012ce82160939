"""Who takes part in a life, and what each of them has."""

from dataclasses import dataclass, field

from tests.stateful.worlds import Issued, Refusal


@dataclass(eq=False)
class Client:
    """An honest holder of one session."""

    bound: bool
    number: int
    store: Issued
    tabs: list[Issued]
    faithful: bool = False
    """A tutorial that sends its first refresh token for ever."""
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
