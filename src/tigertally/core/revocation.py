"""Which sessions ended lately: the one thing a verifier must know besides the token itself.

Also what makes tokens of living sessions invalid: their owner proved again who they are, or may do
other things than the token says.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tigertally.core.sessions import EndReason


class Kind(StrEnum):
    """What an entry of the feed announces."""

    ENDED = "s"
    """A session ended."""
    PROVED = "p"
    """A session's owner proved again who they are: tokens with a lower ``proof`` are invalid."""
    KEYS = "k"
    """The signing keys changed."""
    ROLES = "r"
    """Roles give other permissions than before."""
    USER = "u"
    """A user's tokens with a lower claims version are invalid."""
    ALL = "a"
    """All tokens that were issued before a second are invalid."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry of the feed."""

    position: int
    session_id: str | None
    """Of ``ENDED`` and ``PROVED``."""
    reason: EndReason | None
    """Of ``ENDED``."""
    forget_at: float
    """Unix seconds after which no access token that it concerns can still be in time."""
    proof: int | None = None
    """Of ``PROVED``."""
    kind: Kind = Kind.ENDED
    user_id: str | None = None
    """Of ``USER``."""
    number: int | None = None
    """Of ``USER``: the lowest version that counts. Of ``ALL``: the first second that counts."""


class Revocations:
    """What matters of the entries of one access-token lifetime.

    A million users with one in a hundred signing out each hour make under three thousand entries.
    Reading is one dictionary look-up and needs no lock; only the feed writes.
    """

    def __init__(self) -> None:
        self._sessions = _Memory()
        self._users = _Memory()
        self.position: int = 0
        """The last position of the feed that is taken in."""
        self.newest: Revocation | None = None
        """The last entry that was taken in."""
        self.keys_version: int = 0
        """Grows with each change of the signing keys: verified tokens are forgotten then."""
        self.roles_version: int = 0
        """Grows with each change of what roles give."""
        self.issued_from: int = 0
        """The second from which on issued tokens count."""

    def __len__(self) -> int:
        return len(self._sessions.known) + len(self._users.known)

    def known(self, session_id: str) -> EndReason | int | None:
        """Return what is known of a session; ``None`` for most sessions.

        Its end reason; or, while it lives, the lowest ``proof`` that its access tokens may have.
        """
        return self._sessions.known.get(session_id)

    def claims_version(self, user_id: str) -> int | None:
        """Return the lowest version that a user's claims may have; ``None`` for most users."""
        known = self._users.known.get(user_id)
        return known if isinstance(known, int) else None

    def reason(self, session_id: str) -> EndReason | None:
        """Return why the session ended, or ``None`` if it did not end lately."""
        known = self._sessions.known.get(session_id)
        return known if isinstance(known, EndReason) else None

    def take_in(self, entries: Iterable[Revocation], now: float) -> None:
        """Add entries in the order of the feed, and drop those that no longer matter."""
        for entry in entries:
            match entry.kind:
                case Kind.KEYS:
                    self.keys_version += 1
                case Kind.ROLES:
                    self.roles_version += 1
                case Kind.ALL:
                    self.issued_from = max(self.issued_from, entry.number or 0)
                case Kind.USER:
                    self._users.learn(entry.user_id, entry.number, entry.forget_at)
                case Kind.ENDED | Kind.PROVED:
                    news = entry.reason if entry.reason is not None else entry.proof
                    self._sessions.learn(entry.session_id, news, entry.forget_at)
            self.position = max(self.position, entry.position)
            self.newest = entry
        self._sessions.forget(now)
        self._users.forget(now)

    def start_anew(self, entries: Iterable[Revocation], now: float) -> None:
        """Replace everything by the whole feed, as after an exchange of the database."""
        fresh = Revocations()
        fresh.take_in(entries, now)
        # In one step: a request that looks while this goes on must find the old or the new, never
        # an empty memory.
        self._sessions, self._users = fresh._sessions, fresh._users
        self.issued_from = fresh.issued_from
        self.position = fresh.position
        self.newest = fresh.newest
        self.keys_version += 1
        self.roles_version += 1


class _Memory:
    """What is known by id, until it is forgotten: an end reason, or the lowest number that counts.

    ``known`` is replaced by nobody, so it may be read at any time.
    """

    def __init__(self) -> None:
        self.known: dict[str, EndReason | int] = {}
        # By the second in which they may be forgotten: a tuple for each would double the memory.
        self._by_age: deque[tuple[int, list[str]]] = deque()
        # How many more entries there are of those that have several; these are few.
        self._again: dict[str, int] = {}

    def learn(self, key: str | None, news: EndReason | int | None, forget_at: float) -> None:
        """Note an entry. A number counts if it is higher; a reason counts for good."""
        if key is None or news is None:
            return
        before = self.known.get(key)
        # The first reason stays the true one, and nothing that comes later makes it live again.
        if isinstance(before, EndReason):
            return
        if before is not None and isinstance(news, int) and news <= before:
            return
        if before is not None:
            self._again[key] = self._again.get(key, 0) + 1
        self.known[key] = news
        second = math.ceil(forget_at)
        if not self._by_age or self._by_age[-1][0] != second:
            self._by_age.append((second, []))
        self._by_age[-1][1].append(key)

    def forget(self, now: float) -> None:
        """Drop what no longer matters."""
        while self._by_age and self._by_age[0][0] <= now:
            for key in self._by_age.popleft()[1]:
                # With the last of its entries: the others may matter for longer.
                more = self._again.pop(key, 0)
                if more > 1:
                    self._again[key] = more - 1
                elif not more:
                    self.known.pop(key, None)
