"""A sign-in on a provider's page, bound to the browser that began it (RFC 6749 §10.12).

Otherwise an attacker could send a victim the return address of the attacker's own sign-in: the
victim would go on in the attacker's account, or link the attacker to their own.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from tigertally.errors import CsrfFailed

_HINT: Final = (
    "Call `…/start` in the same browser first, and send its `state` back within ten minutes, with "
    "its cookie."
)

LIFETIME: Final = 600
"""Seconds between leaving for the page and coming back."""


@dataclass(frozen=True, slots=True)
class LoginStates:
    """Makes and checks states. The cookie is ``<state>.<unix seconds>.<mac>``, HttpOnly."""

    key: bytes = field(repr=False)

    def begin(self, provider: str, app_id: str, now: datetime) -> tuple[str, str, datetime]:
        """Return a new state, its cookie, and when both expire."""
        state = secrets.token_urlsafe(18)
        ends = int(now.timestamp()) + LIFETIME
        cookie = f"{state}.{ends}.{self._mac(provider, app_id, state, ends)}"
        return state, cookie, datetime.fromtimestamp(ends, UTC)

    def check(
        self, cookie: str | None, *, provider: str, app_id: str, state: str | None, now: float
    ) -> None:
        """Refuse a state that this browser did not get, or not lately (CsrfFailed)."""
        named, _, rest = (cookie or "").partition(".")
        ends, _, mac = rest.partition(".")
        if not (ends.isascii() and ends.isdecimal() and len(ends) <= 12):
            raise CsrfFailed().advise(_HINT)
        expected = self._mac(provider, app_id, named, int(ends))
        genuine = hmac.compare_digest(mac.encode("utf-8", "replace"), expected.encode())
        if not genuine or now >= int(ends) or state != named:
            raise CsrfFailed().advise(_HINT)

    def _mac(self, provider: str, app_id: str, state: str, ends: int) -> str:
        text = f"{provider}|{app_id}|{state}|{ends}"
        return hmac.new(self.key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
