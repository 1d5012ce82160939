"""SMS through a gateway of the operator's: one signed POST for each message.

The body is JSON: ``id``, ``phone`` (E.164), ``code``, ``letter``, ``locale``, ``minutes``,
``sign``, ``template``. The header ``Tally-Signature: t=<Unix seconds>,v1=<hex>`` carries
HMAC-SHA-256 over ``<t>.<body>``. A gateway compares it in constant time, refuses old times, and
sends each ``id`` once. Status 2xx: taken. 429 and 5xx: later. 401, 403, 404, 405 and 3xx: set
wrongly; no redirect is followed. Other 4xx: this number never.
"""

import hmac
import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tigertally.clock import Clock
from tigertally.core.senders import Message, Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.upstream import Upstream
from tigertally.secret import Secret

_LATER: Final = frozenset({408, 425, 429})
_SET_WRONGLY: Final = frozenset({401, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class GatewaySms:
    """Implements :class:`tigertally.core.senders.Sender`."""

    upstream: Upstream
    """The address of the gateway, without its path."""
    path: str
    key_secret: Secret
    sign: str
    template: str
    clock: Clock

    @classmethod
    def at(
        cls, url: str, *, proxy: Secret | None, key_secret: Secret, sign: str, template: str,
        clock: Clock,
    ) -> "GatewaySms":  # fmt: skip
        """Return the sender for a gateway's address. Raises ValueError for one with a query."""
        parts = urlsplit(url)
        if parts.query:
            raise ValueError("a gateway's address has no query: it would not be sent")
        upstream = Upstream(f"{parts.scheme}://{parts.netloc}", proxy=proxy)
        return cls(upstream, parts.path or "/", key_secret, sign, template, clock)

    def send(self, message: Message) -> Sent:
        """Send a code."""
        return judged(self._ask(message))

    def _ask(self, message: Message) -> int | str:
        content = json.dumps(
            {
                "id": message.id,
                "phone": message.to.value,
                "code": message.code.reveal(),
                "letter": message.letter,
                "locale": message.locale,
                "minutes": message.minutes,
                "sign": self.sign,
                "template": self.template,
            }
        )
        at = int(self.clock.unix())
        headers = {
            "Content-Type": "application/json",
            "Tally-Signature": signature(content, at=at, key_secret=self.key_secret),
        }
        reply = self.upstream.post(
            self.path,
            query=Secret(""),
            headers=headers,
            content=Secret(content),
            until=self.upstream.deadline(),
        )
        return reply if isinstance(reply, str) else reply.status


def signature(content: str, *, at: int, key_secret: Secret) -> str:
    """Return the header that signs a body at a time (Unix seconds)."""
    mac = hmac.digest(key_secret.reveal().encode(), f"{at}.{content}".encode(), "sha256")
    return f"t={at},v1={mac.hex()}"


def judged(status: int | str) -> Sent:
    """Return what a status means. Raises ProviderUnavailable or ProviderMisconfigured."""
    if isinstance(status, str):
        raise ProviderUnavailable(f"SMS gateway: {status}")
    if 200 <= status < 300:
        return Sent.DONE
    if status in _SET_WRONGLY or 300 <= status < 400:
        raise ProviderMisconfigured(f"SMS gateway: status {status}")
    if status in _LATER or not 400 <= status < 500:
        raise ProviderUnavailable(f"SMS gateway: status {status}")
    return Sent.REFUSED
