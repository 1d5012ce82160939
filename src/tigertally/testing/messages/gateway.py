"""An SMS gateway as an operator would write one for ``TALLY_SMS=http``.

It does what every gateway must: it checks the signature in constant time, refuses old times, and
takes each id once.
"""

import hmac
import html
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tigertally.clock import Clock, SystemClock
from tigertally.testing.listening import HttpServer, Listening
from tigertally.testing.messages.pages import Pages, listing

PATH: Final = "/sms"
PATIENCE: Final = 300.0
"""How old a request may be, in seconds."""

_BODY_MAX: Final = 65_536
_SIGNED: Final = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Sms:
    """A message that arrived."""

    id: str
    phone: str
    code: str = field(repr=False)
    letter: str
    locale: str
    minutes: int


class SmsGateway(Listening):
    """A gateway on this machine, at a free port unless one is given."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        told: Callable[[Sms], None] | None = None,
    ) -> None:
        self.key_secret: str = secrets.token_urlsafe(24)
        """For ``TALLY_SMS_KEY_SECRET``."""
        self._clock: Clock = clock or SystemClock()
        self.messages: list[Sms] = []
        """What arrived, the oldest first."""
        self._told = told
        self._lock = threading.Lock()
        gateway = self

        class Handler(Pages):
            def do_POST(self) -> None:  # noqa: N802 - its name upstream
                length = self.headers.get("Content-Length", "")
                known = length.isdecimal() and int(length) <= _BODY_MAX
                body = self.rfile.read(int(length)) if known else b""
                signature = self.headers.get("Tally-Signature", "")
                status = gateway.take(body, signature) if self.path == PATH else 404
                self.send_page(status if known else 413, "")

            def do_GET(self) -> None:  # noqa: N802 - its name upstream
                self.send_page(200, gateway.page())

        self._http = HttpServer((host, port), Handler)
        super().__init__(self._http)

    @property
    def address(self) -> str:
        """The page that shows what arrived."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def url(self) -> str:
        """For ``TALLY_SMS_URL``."""
        return f"{self.address}{PATH}"

    def take(self, body: bytes, signature: str) -> int:
        """Take a message in; return the status of the answer."""
        if not self._is_ours(body, signature):
            return 401
        try:
            told = json.loads(body)
            message = Sms(**{name: told[name] for name in Sms.__slots__})
        except (KeyError, TypeError, ValueError):
            return 422
        with self._lock:
            if any(one.id == message.id for one in self.messages):
                return 200
            self.messages.append(message)
        if self._told is not None:
            self._told(message)
        return 200

    def _is_ours(self, body: bytes, signature: str) -> bool:
        found = _SIGNED.fullmatch(signature)
        if found is None or abs(self._clock.unix() - int(found[1])) > PATIENCE:
            return False
        mac = hmac.digest(self.key_secret.encode(), found[1].encode() + b"." + body, "sha256")
        return hmac.compare_digest(mac.hex(), found[2])

    def page(self) -> str:
        """Return the page that shows what arrived."""
        cells: list[list[Any]] = [
            [one.phone, one.code, one.letter, one.locale] for one in self.messages
        ]
        return listing("SMS", [[html.escape(str(cell)) for cell in row] for row in cells])
