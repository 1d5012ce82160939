"""Which sessions ended lately: the one thing a verifier must know besides the token itself.

Also sessions whose owner proved again who they are. They live on, but their older access tokens
are invalid.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from tigertally.core.sessions import EndReason


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry of the feed.

    An ended session; or (no reason) a session whose access tokens of an older ``proof`` are
    invalid; or (no session) a change of signing keys.
    """

    position: int
    session_id: str | None
    reason: EndReason | None
    forget_at: float
    """Unix seconds after which no access token of the session can still be in time."""
    proof: int | None = None


class Revocations:
    """What matters of the sessions that ended, or were proven, within one access-token lifetime.

    A million users with one in a hundred signing out each hour make under three thousand entries.
    Reading is one dictionary look-up and needs no lock; only the feed writes.
    """

    def __init__(self) -> None:
        self._known: dict[str, EndReason | int] = {}
        # By the second in which they may be forgotten: a tuple for each would double the memory.
        self._by_age: deque[tuple[int, list[str]]] = deque()
        # How many more entries there are of those that have several; such sessions are few.
        self._again: dict[str, int] = {}
        self.position: int = 0
        """The last position of the feed that is taken in."""
        self.newest: Revocation | None = None
        """The last entry that was taken in."""
        self.keys_version: int = 0
        """Grows with each change of the signing keys: verified tokens are forgotten then."""

    def __len__(self) -> int:
        return len(self._known)

    def known(self, session_id: str) -> EndReason | int | None:
        """Return what is known of a session; ``None`` for most sessions.

        Its end reason; or, while it lives, the lowest ``proof`` that its access tokens may have.
        """
        return self._known.get(session_id)

    def reason(self, session_id: str) -> EndReason | None:
        """Return why the session ended, or ``None`` if it did not end lately."""
        known = self._known.get(session_id)
        return known if isinstance(known, EndReason) else None

    def take_in(self, entries: Iterable[Revocation], now: float) -> None:
        """Add entries in the order of the feed, and drop those that no longer matter."""
        for entry in entries:
            if entry.session_id is None:
                self.keys_version += 1
            else:
                self._learn(entry.session_id, entry)
            self.position = max(self.position, entry.position)
            self.newest = entry
        while self._by_age and self._by_age[0][0] <= now:
            _, forgotten = self._by_age.popleft()
            for session_id in forgotten:
                self._forget(session_id)

    def _learn(self, session_id: str, entry: Revocation) -> None:
        before = self._known.get(session_id)
        # The first reason stays the true one, and nothing that comes later makes it live again.
        if isinstance(before, EndReason):
            return
        news = entry.reason if entry.reason is not None else entry.proof
        if news is None or (before is not None and isinstance(news, int) and news <= before):
            return
        if before is not None:
            self._again[session_id] = self._again.get(session_id, 0) + 1
        self._known[session_id] = news
        self._forget_later(session_id, math.ceil(entry.forget_at))

    def _forget_later(self, session_id: str, second: int) -> None:
        if not self._by_age or self._by_age[-1][0] != second:
            self._by_age.append((second, []))
        self._by_age[-1][1].append(session_id)

    def _forget(self, session_id: str) -> None:
        """Forget a session with the last of its entries: the others may matter for longer."""
        more = self._again.pop(session_id, 0)
        if more > 1:
            self._again[session_id] = more - 1
        elif not more:
            self._known.pop(session_id, None)

    def start_anew(self, entries: Iterable[Revocation], now: float) -> None:
        """Replace everything by the whole feed, as after an exchange of the database."""
        fresh = Revocations()
        fresh.take_in(entries, now)
        # In one step: a request that looks while this goes on must find the old or the new, never
        # an empty memory.
        self._known = fresh._known
        self._by_age = fresh._by_age
        self._again = fresh._again
        self.position = fresh.position
        self.newest = fresh.newest
        self.keys_version += 1
