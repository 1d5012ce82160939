"""Which sessions ended lately: the one thing a verifier must know besides the token itself."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from tigertally.core.sessions import EndReason


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry of the feed: a session that ended, or (no session) a change of signing keys."""

    position: int
    session_id: str | None
    reason: EndReason | None
    forget_at: float
    """Unix seconds after which no access token of the session can still be in time."""


class Revocations:
    """The sessions that ended within one access-token lifetime, and nothing else.

    A million users with one in a hundred signing out each hour make under three thousand entries.
    Reading is one dictionary look-up and needs no lock; only the feed writes.
    """

    def __init__(self) -> None:
        self._reasons: dict[str, EndReason] = {}
        # By the second in which they may be forgotten: a tuple for each would double the memory.
        self._by_age: deque[tuple[int, list[str]]] = deque()
        self.position = 0
        """The last position of the feed that is taken in."""
        self.newest: Revocation | None = None
        """The last entry that was taken in."""
        self.keys_version = 0
        """Grows with each change of the signing keys: verified tokens are forgotten then."""

    def __len__(self) -> int:
        return len(self._reasons)

    def reason(self, session_id: str) -> EndReason | None:
        """Return why the session ended, or none if it did not end lately."""
        return self._reasons.get(session_id)

    def take_in(self, entries: Iterable[Revocation], now: float) -> None:
        """Add entries in the order of the feed, and drop those that no longer matter."""
        for entry in entries:
            if entry.session_id is None:
                self.keys_version += 1
            elif entry.reason is not None and entry.session_id not in self._reasons:
                self._reasons[entry.session_id] = entry.reason
                self._forget_later(entry.session_id, math.ceil(entry.forget_at))
            self.position = max(self.position, entry.position)
            self.newest = entry
        while self._by_age and self._by_age[0][0] <= now:
            _, forgotten = self._by_age.popleft()
            for session_id in forgotten:
                self._reasons.pop(session_id, None)

    def _forget_later(self, session_id: str, second: int) -> None:
        if not self._by_age or self._by_age[-1][0] != second:
            self._by_age.append((second, []))
        self._by_age[-1][1].append(session_id)

    def start_anew(self, entries: Iterable[Revocation], now: float) -> None:
        """Take the whole feed in place of what was known, as when the database was exchanged."""
        fresh = Revocations()
        fresh.take_in(entries, now)
        # In one step: a request that looks while this goes on must find the old or the new, never
        # an empty memory.
        self._reasons = fresh._reasons
        self._by_age = fresh._by_age
        self.position = fresh.position
        self.newest = fresh.newest
        self.keys_version += 1
