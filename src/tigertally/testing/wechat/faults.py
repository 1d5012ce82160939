"""Everything that an answer can be instead of right."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler


class Fault(Enum):
    """A broken answer; the question before it may have had its effect, as in life."""

    HTML = "html"
    EMPTY = "empty"
    SLOW = "slow"
    DRIP = "drip"
    DRIP_HEAD = "drip-head"
    CUT = "cut"
    RESET = "reset"
    STATUS_500 = "500"
    STATUS_502_JSON = "502"
    REDIRECT = "redirect"
    LIST = "list"
    NUMBER = "number"
    DEEP = "deep"
    ENDLESS = "endless"
    NOT_UTF8 = "not-utf8"
    ERRCODE_TEXT = "errcode-text"
    ERRCODE_FLOAT = "errcode-float"
    OPENID_NUMBER = "openid-number"
    OPENID_EMPTY = "openid-empty"
    OPENID_LONG = "openid-long"
    OPENID_MISSING = "openid-missing"
    UNIONID_LIST = "unionid-list"
    TOKEN_LIST = "token-list"
    TOKEN_ENDLESS = "token-endless"
    PHONE_TEXT = "phone-text"


SLOW: float = 30.0
"""Seconds; longer than anybody waits."""

_ALTERED: dict[Fault, dict[str, object]] = {
    Fault.ERRCODE_TEXT: {"errcode": "40029"},
    Fault.ERRCODE_FLOAT: {"errcode": 0.5},
    Fault.OPENID_NUMBER: {"openid": 7, "data": {"openid": 7}},
    Fault.OPENID_EMPTY: {"openid": "", "data": {"openid": ""}},
    Fault.OPENID_LONG: {"openid": "o" * 300, "data": {"openid": "o" * 300}},
    Fault.OPENID_MISSING: {"openid": None, "data": {}},
    Fault.UNIONID_LIST: {"unionid": [1], "data": {"openid": "o", "unionid": [1]}},
    Fault.TOKEN_LIST: {"access_token": ["t"]},
    Fault.TOKEN_ENDLESS: {"expires_in": 10**30},
    Fault.PHONE_TEXT: {"phone_info": "13800138000"},
}

_BODIES: dict[Fault, tuple[int, bytes]] = {
    Fault.HTML: (200, b"<html><body>Bad gateway</body></html>"),
    Fault.EMPTY: (200, b""),
    Fault.STATUS_500: (500, b"oops"),
    Fault.LIST: (200, b"[]"),
    Fault.NUMBER: (200, b"7"),
    Fault.DEEP: (200, b"[" * 60_000),
    Fault.ENDLESS: (200, b'{"openid":"' + b"o" * 200_000),
    Fault.NOT_UTF8: (200, b'{"openid":"\xff\xfe"}'),
}


@dataclass(frozen=True, slots=True)
class Breakage:
    """What will happen to an answer: a fault, another errcode, or a delay."""

    fault: Fault | None = None
    errcode: int | None = None
    delay: float = 0.0


def spoil(handler: BaseHTTPRequestHandler, fault: Fault, answer: dict[str, object]) -> None:
    """Send an answer spoilt by a fault."""
    whole = json.dumps(answer).encode()
    match fault:
        case Fault.SLOW:
            _wait(handler, SLOW)
        case Fault.DRIP:
            _head(handler, 200, len(whole))
            _drip(handler, whole)
        case Fault.DRIP_HEAD:
            _drip(handler, b"HTTP/1.1 200 OK\r\nX-Patience: a virtue\r\n")
        case Fault.CUT:
            _head(handler, 200, len(whole))
            handler.wfile.write(whole[: len(whole) // 2])
            handler.close_connection = True
        case Fault.RESET:
            handler.close_connection = True
        case Fault.STATUS_502_JSON:
            _send(handler, 502, whole)
        case Fault.REDIRECT:
            handler.send_response(302)
            handler.send_header("Location", f"https://elsewhere.example{handler.path}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        case _ if fault in _ALTERED:
            _send(handler, 200, json.dumps(answer | _ALTERED[fault]).encode())
        case _:
            _send(handler, *_BODIES[fault])


def _head(handler: BaseHTTPRequestHandler, status: int, length: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "text/plain")
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    _head(handler, status, len(body))
    handler.wfile.write(body)


def _drip(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    with suppress(OSError):  # nobody listens to the end
        for byte in content:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            _wait(handler, 0.1)


def _wait(handler: BaseHTTPRequestHandler, seconds: float) -> None:
    """Wait, but no longer than the server lives."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not getattr(handler.server, "is_over", False):
        time.sleep(0.02)
