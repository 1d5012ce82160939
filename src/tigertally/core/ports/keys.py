"""Signing keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tigertally.core.keys import KeyRecord, KeyRing


class Keys(Protocol):
    """The signing keys, sealed. Every change enters the revocation feed too."""

    def hold(self) -> None:
        """Keep others from changing keys until the transaction ends.

        Whatever changes them holds them first: processes that start at once would else make a
        current key each.
        """
        ...

    def all(self) -> Sequence[KeyRecord]:
        """Return all keys that can be read, oldest first."""
        ...

    def unreadable(self) -> Sequence[str]:
        """Return the ids of invalid rows, which hold what we never write."""
        ...

    def put(self, record: KeyRecord) -> None:
        """Add a key, or write its new state."""
        ...

    def reseal(self, record: KeyRecord) -> None:
        """Replace a key's sealed half. The key itself does not change."""
        ...

    def remove(self, kid: str) -> None:
        """Delete a key. Tokens that it signed no longer verify."""
        ...

    def announce(self, now: datetime) -> None:
        """Tell all verifiers to read the keys again."""
        ...


class KeySource(Protocol):
    """Loads the key ring again."""

    def load_ring(self) -> KeyRing:
        """Return the ring as it is stored now. Raises StoreUnavailable or SetupError."""
        ...
