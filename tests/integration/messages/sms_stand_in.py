"""Stand-ins for SMS services. Each checks the signature of what arrives, byte for byte.

They were written from the vendors' pages, apart from the code under test: they rebuild what was
signed from the raw request.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

KEY_ID = "key-id"
KEY_SECRET = "swordfish"


class SmsStandIn:
    """A service on this machine; ``answer`` is the status and body of the next answers."""

    def __init__(self, status: int = 200, answer: object = None) -> None:
        self.status, self.answer = status, answer
        self.received: list[dict[str, Any]] = []
        """The parameters of requests whose signature was right."""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stand_in.answer_to(self, body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_to(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Check a request, and answer it."""
        path, _, query = request.path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        check = next(
            check for name, check in CHECKS.items() if headers.get("authorization", "")[:4] == name
        )
        assert path in {"/", "/sms/send"}
        if check(headers, query, body):
            sent = dict(parse_qsl(query)) if query else json.loads(body)
            self.received.append(sent)
            status, answer = self.status, self.answer
        else:
            status, answer = REFUSALS[check]
        text = json.dumps(answer).encode() if answer is not None else b""
        with suppress(OSError):
            request.send_response(status)
            request.send_header("Content-Length", str(len(text)))
            request.end_headers()
            request.wfile.write(text)


def sha256(content: bytes) -> str:
    """Return the hash as the vendors write it."""
    return hashlib.sha256(content).hexdigest()


def mac(key: bytes, text: str) -> bytes:
    """Return an HMAC."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def alibaba(headers: Mapping[str, str], query: str, body: bytes) -> bool:
    """CanonicalRequest: method, URI, query, headers, their names, hash of the body."""
    scheme, told = headers["authorization"].split(" ", 1)
    parts = dict(part.split("=", 1) for part in told.split(","))
    names = parts["SignedHeaders"].split(";")
    wanted = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date",
              "x-acs-signature-nonce", "x-acs-version"}  # fmt: skip
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = f"POST\n/\n{query}\n{lines}\n{';'.join(names)}\n{sha256(body)}"
    signature = mac(KEY_SECRET.encode(), f"{scheme}\n{sha256(canonical.encode())}").hex()
    return (
        set(names) == wanted
        and names == sorted(names)
        and headers["x-acs-content-sha256"] == sha256(body)
        and query == "&".join(sorted(query.split("&")))
        and parts["Credential"] == KEY_ID
        and parts["Signature"] == signature
    )


def tencent(headers: Mapping[str, str], query: str, body: bytes) -> bool:
    """The same with a key that is derived from day and service."""
    scheme, told = headers["authorization"].split(" ", 1)
    parts = dict(part.split("=", 1) for part in told.split(", "))
    key_id, day, service, end = parts["Credential"].split("/")
    signed = {
        "content-type": headers["content-type"],
        "host": headers["host"],
        "x-tc-action": headers["x-tc-action"].lower(),
    }
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = f"POST\n/\n{query}\n{lines}\n{';'.join(signed)}\n{sha256(body)}"
    scope = f"{day}/{service}/{end}"
    told = f"{scheme}\n{headers['x-tc-timestamp']}\n{scope}\n{sha256(canonical.encode())}"
    key = mac(mac(mac(f"TC3{KEY_SECRET}".encode(), day), "sms"), "tc3_request")
    return (
        key_id == KEY_ID
        and (service, end) == ("sms", "tc3_request")
        and parts["SignedHeaders"] == ";".join(signed)
        and headers["x-tc-version"] == "2021-01-11"
        and parts["Signature"] == mac(key, told).hex()
    )


def ours(headers: Mapping[str, str], query: str, body: bytes) -> bool:
    """``t=…,v1=…`` over the time and the body."""
    at, _, signature = headers["tally-signature"].removeprefix("t=").partition(",v1=")
    return not query and signature == mac(KEY_SECRET.encode(), f"{at}.{body.decode()}").hex()


CHECKS = {"ACS3": alibaba, "TC3-": tencent, "": ours}
REFUSALS: dict[object, tuple[int, object]] = {
    alibaba: (400, {"Code": "SignatureDoesNotMatch"}),
    tencent: (200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}),
    ours: (403, None),
}
"""What each answers to a wrong signature."""
