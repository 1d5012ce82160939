"""The edge's own answers, in the words of the contract and the caller's language."""

import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from tigertally.contract.languages import negotiate
from tigertally.contract.texts import load_catalogue
from tigertally.server.edge.reading import Incoming

_BUSY_SECONDS: Final = (1, 3)
"""Callers that are refused together shall not retry together."""

_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Vary", "Accept-Language, Origin"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the edge's own: the bytes, and the status and code for the log."""

    status: int
    request_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """Writes the edge's own answers."""

    cors_origins: frozenset[str] = frozenset()
    hsts: str | None = None
    """Value of ``Strict-Transport-Security``, for a site on https."""

    def refuse(self, code: str, request: Incoming | None, *, close: bool) -> Said:
        """Return the answer with an error code; ``request`` is set if its head was read."""
        language = negotiate(request.header(b"accept-language") if request else None)
        entry, request_id = load_catalogue().error(code), secrets.token_hex(8)
        body: dict[str, object] = {
            "code": code,
            "message": entry.message.say(language),
            "status": entry.status,
        }
        if code == "invalid_request":
            body["fields"] = {}
        headers: list[tuple[str, str]] = []
        if code == "busy":
            seconds = random.randint(*_BUSY_SECONDS)  # noqa: S311 - no secret
            body |= {"retry_after": seconds, "request_id": request_id}
            headers.append(("Retry-After", str(seconds)))
        if code == "internal_error":
            body["request_id"] = request_id
        return self._say(entry.status, body, request, [*headers, ("X-Request-Id", request_id)],
                         close=close)  # fmt: skip

    def healthy(self, request: Incoming) -> Said:
        """Return the answer of ``/healthz``."""
        headers = [("X-Request-Id", secrets.token_hex(8))]
        return self._say(200, {"status": "ok"}, request, headers, close=not request.keep_alive)

    def _say(
        self,
        status: int,
        body: object,
        request: Incoming | None,
        headers: Sequence[tuple[str, str]],
        *,
        close: bool,
    ) -> Said:
        text = json.dumps(body, ensure_ascii=False).encode()
        all_headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(text))),
            *_HEADERS,
            *headers,
            *self._for_pages(request),
        ]
        head = head_of(status, all_headers, close=close, version=request.version if request else "")
        data = head if request is not None and request.method == "HEAD" else head + text
        return Said(status, dict(headers)["X-Request-Id"], data)

    def _for_pages(self, request: Incoming | None) -> list[tuple[str, str]]:
        """Let pages of the origins that the operator listed read the answer."""
        found = [("Strict-Transport-Security", self.hsts)] if self.hsts else []
        origin = request.header(b"origin") if request else None
        if origin in self.cors_origins and origin is not None:
            found += [
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
            ]
        return found


def head_of(
    status: int, headers: Sequence[tuple[str, str]], *, close: bool, version: str, reason: str = ""
) -> bytes:
    """Return the head of an answer to a request of that version of HTTP."""
    if not reason:
        reason = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not any(name.lower() == "date" for name, _ in headers):
        lines.append(f"Date: {formatdate(usegmt=True)}")
    if close:
        lines.append("Connection: close")
    elif version == "1.0":
        lines.append("Connection: keep-alive")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
