"""What the stand-in knows: people, apps, codes that work once, and tokens."""

import hashlib
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tigertally.clock import Clock

CODE_LIFETIME: Final = timedelta(minutes=5)
TOKEN_LIFETIME: Final = timedelta(seconds=7200)
RATE_PER_MINUTE: Final = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone. Their names at the apps are computed, so that they never change."""

    name: str
    phone: str = "13800138000"
    has_union: bool = True
    """Whether the apps belong to an owner whose apps share union ids."""

    def openid(self, app_id: str) -> str:
        """Return the person's name at one app, as long as WeChat's."""
        return "o" + _digest("openid", self.name, app_id)[:27]

    @property
    def unionid(self) -> str | None:
        """The person's name at all apps of one owner."""
        return "u" + _digest("unionid", self.name)[:27] if self.has_union else None


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


@dataclass(slots=True)
class _Issued:
    app_id: str
    person: Person
    kind: str
    ends: datetime
    used: bool = False


@dataclass(slots=True)
class World:
    """All of the stand-in's state; safe from any thread."""

    apps: dict[str, str]
    """App secrets by app id."""
    clock: Clock
    rate_per_minute: int = RATE_PER_MINUTE
    _codes: dict[str, _Issued] = field(default_factory=dict)
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _asked: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, app_id: str, person: Person, kind: str) -> str:
        """Return a new code; ``kind`` is ``login`` or ``phone``."""
        code = secrets.token_hex(16)
        with self._lock:
            ends = self.clock.now() + CODE_LIFETIME
            self._codes[code] = _Issued(app_id, person, kind, ends)
        return code

    def spend(self, code: str, app_id: str, kind: str) -> Person | int:
        """Return whose code it is, or WeChat's errcode."""
        now = self.clock.now()
        with self._lock:
            issued = self._codes.get(code)
            if issued is None or issued.app_id != app_id or issued.kind != kind:
                return 40029
            if issued.used:
                return 40163
            if issued.ends <= now:
                return 40029
            if self._too_often(issued, now):
                return 45011
            issued.used = True
            return issued.person

    def _too_often(self, issued: _Issued, now: datetime) -> bool:
        key = (issued.app_id, issued.person.name)
        lately = [at for at in self._asked.get(key, ()) if now - at < timedelta(minutes=1)]
        self._asked[key] = [*lately, now]
        return len(lately) >= self.rate_per_minute

    def token(self, app_id: str, *, force: bool) -> tuple[str, int]:
        """Return the app's token and its seconds: the same until five minutes before its end."""
        now = self.clock.now()
        with self._lock:
            known = self._tokens.get(app_id)
            if force or known is None or known[1] - timedelta(minutes=5) <= now:
                known = (secrets.token_urlsafe(96), now + TOKEN_LIFETIME)
                self._tokens[app_id] = known
            return known[0], int((known[1] - now).total_seconds())

    def app_of(self, token: str) -> str | None:
        """Return the app that a token lets in."""
        now = self.clock.now()
        with self._lock:
            for app_id, (text, ends) in self._tokens.items():
                if text == token and ends > now:
                    return app_id
        return None

    def forget_tokens(self) -> None:
        """Invalidate all tokens given so far."""
        with self._lock:
            self._tokens.clear()
