"""A sign-in service as its verifiers see it, over a time that is moved."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.vectors.verifying import world

from tigertally.verify.questions import Answer, Question

BEGAN_AT: Final = world.BEGAN_AT
TTL: Final = world.TTL
PAGE: Final = 3
KEPT: Final = TTL + 60
PHRASES: Final = ["first", "second", "third"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service sent."""

    about: str
    answer: Answer


@dataclass
class Truth:
    """What the database has; a backup has it too."""

    entries: list[list[Any]]
    ended: dict[str, float]
    """By token: when it was answered that it counts no more."""
    issued: dict[str, "Issued"]
    head: int = 0
    key: int = 0
    """Which key signs; those before it were withdrawn."""
    numbers: Counter[str] = field(default_factory=Counter)
    """How often each session was proven again, and each user's claims changed."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as the service knows it."""

    user: str
    session: str
    issued_at: int
    key: int


class Feed:
    """The service, and what is true of each token."""

    def __init__(self) -> None:
        self._truth = Truth([], {}, {})
        self._sessions = 0
        self.backup: Truth | None = None

    def sign_in(self, user: str, now: float) -> str:
        """Return an access token of a session of its own."""
        session, issued_at = world.session(f"s{self._sessions}x"), int(BEGAN_AT + now)
        self._sessions += 1
        key = self._truth.key
        token = world.token(
            user,
            world.eddsa(PHRASES[key]),
            sub=user,
            sid=session,
            iat=issued_at,
            nbf=issued_at,
            exp=issued_at + TTL,
            cv=self._truth.numbers[user],
        )
        self._truth.issued[token] = Issued(user, session, issued_at, key)
        return token

    def end(self, token: str, kind: str, now: float) -> None:
        """Make a token, and others like it, count no more; it is answered at once."""
        one = self._truth.issued[token]
        forget = int(BEGAN_AT + now) + KEPT
        if kind == "session":
            self._append("s", one.session, "logged_out", forget)
            self._ended(now, lambda other: other.session == one.session)
        elif kind == "proof":
            self._append("p", one.session, self._next(one.session), forget)
            self._ended(now, lambda other: other.session == one.session)
        elif kind == "user":
            self._append("u", one.user, self._next(one.user), forget)
            self._ended(now, lambda other: other.user == one.user)
        elif kind == "everybody":
            second = int(BEGAN_AT + now)
            self._append("a", second)
            self._ended(now, lambda other: other.issued_at < second)
        elif self._truth.key + 1 < len(PHRASES):
            self._truth.key += 1
            self._append("k")
            self._ended(now, lambda other: other.key < self._truth.key)

    def stands(self, token: str, now: float) -> bool:
        """Tell whether a token counts."""
        one = self._truth.issued[token]
        # A backup may be from before the key.
        known = one.key == self._truth.key and self.ended_at(token) is None
        return known and BEGAN_AT + now < one.issued_at + TTL

    def knows(self, token: str) -> bool:
        """Tell whether a token was given out in this history: others count until they expire."""
        return token in self._truth.issued

    def ended_at(self, token: str) -> float | None:
        """Return when it was answered that a token counts no more."""
        return self._truth.ended.get(token)

    def forget(self, now: float) -> None:
        """Delete what no longer matters."""
        time = BEGAN_AT + now
        self._truth.entries = [
            one for one in self._truth.entries if (one[4] if len(one) == 5 else inf) > time
        ]

    def back_up(self) -> None:
        """Keep what is true now."""
        self.backup = deepcopy(self._truth)

    def restore(self) -> None:
        """Make true again what was then; what ended since lives again."""
        assert self.backup is not None
        self._truth = deepcopy(self.backup)

    def answer(self, question: Question, now: float) -> Reply:
        """Look at the database, and answer."""
        if question.about == "keys":
            body = world.text(world.key_set(self._key))
            return Reply("keys", Answer(200, body.encode()))
        asked = parse_qs(urlsplit(question.path).query)
        after = int(asked["after"][0])
        if after > self._truth.head:
            return Reply("feed", Answer(409, b"{}"))
        body = world.text(self._page(after, now))
        return Reply("feed", Answer(200, body.encode(), world.prove(question.nonce, body)))

    @property
    def _key(self) -> world.Key:
        return world.eddsa(PHRASES[self._truth.key])

    def _page(self, after: int, now: float) -> dict[str, object]:
        behind = [one for one in self._truth.entries if one[0] > after]
        return {
            "feed": world.FEED,
            "head": self._truth.head,
            "now": BEGAN_AT + now,
            "more": len(behind) > PAGE,
            "keys": world.number(self._key),
            "silence": 0.25,
            "access_ttl": TTL,
            "entries": behind[:PAGE],
        }

    def _next(self, whose: str) -> int:
        self._truth.numbers[whose] += 1
        return self._truth.numbers[whose]

    def _append(self, kind: str, *more: object) -> None:
        self._truth.head += 1
        self._truth.entries.append([self._truth.head, kind, *more])

    def _ended(self, now: float, touches: Callable[[Issued], bool]) -> None:
        for token, one in self._truth.issued.items():
            if touches(one):
                self._truth.ended.setdefault(token, now)
