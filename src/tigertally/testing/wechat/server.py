"""The stand-in's HTTP side: the calls of WeChat and Douyin that Tiger Tally makes.

Beside them, three of its own for programs outside this process, with a JSON body:
``POST /dev/code`` (``app_id``, ``person``, ``kind``) answers a code, ``POST /dev/fail`` (``fault``,
``errcode``, ``delay``, ``times``) spoils the next answers, ``POST /dev/push`` (``url``, ``token``,
``event``, ``app_id``, ``person``, ``aes_key``) sends a message about somebody. And for the shell,
``GET /dev/code.txt?person=…`` answers a code and nothing else.
"""

import html
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from tigertally.clock import Clock, SystemClock
from tigertally.testing.listening import HttpServer, Listening
from tigertally.testing.wechat.answers import CALLS, Json, refused
from tigertally.testing.wechat.faults import SLOW, Breakage, Fault, spoil
from tigertally.testing.wechat.people import Person, World
from tigertally.testing.wechat.push import PushSender

MOCK_CODES: Final = frozenset({"the code is a mock one", "the-code-is-a-mock-one"})
"""What the developer tools give without an app id; our client sends it without blanks."""


class _Server(HttpServer):
    is_over = False
    stand_in: "StandIn"


class StandIn(Listening):
    """A WeChat on this machine. Use it as a context manager, or with start and stop.

    It starts on a free port, with two apps whose users share union ids.
    """

    def __init__(
        self,
        *,
        apps: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        accept_mock_codes: bool = False,
    ) -> None:
        known = dict(apps or {f"wx{n:016x}": f"{n:032x}" for n in (0xA11CE, 0xB0B)})
        self.world: World = World(known, clock or SystemClock())
        self.accept_mock_codes = accept_mock_codes
        self.asked: list[str] = []
        """The paths asked for so far, in order."""
        self._breakages: deque[Breakage] = deque()
        self._server = _Server((host, port), _Handler)
        self._server.stand_in = self
        super().__init__(self._server)

    @property
    def url(self) -> str:
        """The base URL, for ``TALLY_WECHAT_BASE_URL``."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def app_ids(self) -> tuple[str, ...]:
        """The apps that it knows."""
        return tuple(self.world.apps)

    def secret(self, app_id: str) -> str:
        """Return an app's secret."""
        return self.world.apps[app_id]

    def issue_code(self, app_id: str, person: Person | str, *, kind: str = "login") -> str:
        """Return what ``wx.login`` (``login``) or the phone button (``phone``) would give."""
        somebody = Person(person) if isinstance(person, str) else person
        return self.world.issue(app_id, somebody, kind)

    def fail_next(
        self,
        fault: Fault | None = None,
        *,
        errcode: int | None = None,
        delay: float = 0.0,
        times: int = 1,
    ) -> None:
        """Spoil the next answers: by a fault, an errcode (the code is then not spent), a delay."""
        self._breakages.extend([Breakage(fault, errcode, delay)] * times)

    def next_breakage(self) -> Breakage:
        """Return what shall happen to the answer that is due."""
        return self._breakages.popleft() if self._breakages else Breakage()

    def stop(self) -> None:
        """Stop, and let go of the port."""
        self._server.is_over = True
        super().stop()

    def serve_forever(self) -> None:
        """Answer in this thread until interrupted."""
        self._server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer({})

    def do_POST(self) -> None:
        """Answer a POST."""
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(sent or b"{}")
        except ValueError:
            body = {}
        self._answer(body if isinstance(body, dict) else {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name upstream
        """Say nothing: requests carry secrets, here too."""

    def _answer(self, body: Json) -> None:
        stand_in = self.server.stand_in
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path in _PAGES:
            _PAGES[parts.path](self, stand_in, query)
            return
        if parts.path in _DEV:
            self._develop(_DEV[parts.path], body)
            return
        call = CALLS.get((self.command, parts.path))
        if call is None:
            self._send(404, {"errcode": 404, "errmsg": "no such call"})
            return
        stand_in.asked.append(parts.path)
        breakage = stand_in.next_breakage()
        time.sleep(breakage.delay)
        if breakage.errcode is not None:
            self._send(200, refused(breakage.errcode, parts.path))
            return
        query = _known_code(stand_in, query)
        answer = call(stand_in.world, query, body)
        if breakage.fault is not None:
            spoil(self, breakage.fault, answer)
            return
        self._send(200, answer)

    def _develop(self, act: Callable[[StandIn, Json], Json], body: Json) -> None:
        if "Origin" in self.headers:
            self._send(403, {"error": "this is for programs of yours, not for pages of anybody's"})
            return
        try:
            self._send(200, act(self.server.stand_in, body))
        except (KeyError, OverflowError, TypeError, ValueError, httpx2.HTTPError) as error:
            self._send(400, {"error": f"{type(error).__name__}: {error}", "faults": _FAULTS})

    def _send(self, status: int, answer: Json) -> None:
        self.send_text(status, json.dumps(answer), "text/plain")

    def send_text(self, status: int, text: str, content_type: str) -> None:
        """Send a whole answer."""
        encoded = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)


def _known_code(stand_in: StandIn, query: dict[str, str]) -> dict[str, str]:
    """Exchange the developer tools' mock code for a real one of a made-up person."""
    app_id = query.get("appid", "")
    if stand_in.accept_mock_codes and query.get("js_code") in MOCK_CODES:
        return query | {"js_code": stand_in.issue_code(app_id, "a developer")}
    return query


def _qr_page(handler: _Handler, stand_in: StandIn, query: Mapping[str, str]) -> None:
    """Show one link for each person who might scan, in place of a QR code."""
    links = []
    for name in ("ada", "bo", "a developer"):
        code = stand_in.issue_code(query.get("appid", ""), name)
        back = urlencode({"code": code, "state": query.get("state", "")})
        url = html.escape(f"{query.get('redirect_uri', '')}?{back}")
        links.append(f'<li><a href="{url}">{html.escape(name)} scans</a></li>')
    handler.send_text(200, f"<ul>{''.join(links)}</ul>", "text/html")


def _plain_code(handler: _Handler, stand_in: StandIn, query: Mapping[str, str]) -> None:
    try:
        handler.send_text(200, _dev_code(stand_in, dict(query))["code"], "text/plain")
    except ValueError as error:
        handler.send_text(400, f"{error}\n", "text/plain")


def _app(stand_in: StandIn, body: Json) -> str:
    app_id = str(body.get("app_id") or stand_in.app_ids[0])
    if app_id not in stand_in.app_ids:
        raise ValueError(f"app_id must be one of {', '.join(stand_in.app_ids)}")
    return app_id


def _dev_code(stand_in: StandIn, body: Json) -> Json:
    kind = str(body.get("kind") or "login")
    if kind not in {"login", "phone"}:
        raise ValueError("kind must be login or phone")
    person = str(body.get("person") or "ada")
    return {"code": stand_in.issue_code(_app(stand_in, body), person, kind=kind)}


def _dev_fail(stand_in: StandIn, body: Json) -> Json:
    fault = Fault(body["fault"]) if body.get("fault") else None
    errcode = int(body["errcode"]) if "errcode" in body else None
    delay, times = float(body.get("delay", 0)), int(body.get("times", 1))
    if not 0 <= delay <= SLOW or not 1 <= times <= 1000:
        raise ValueError(f"delay must be 0 to {SLOW:.0f} seconds, times 1 to 1000")
    stand_in.fail_next(fault, errcode=errcode, delay=delay, times=times)
    return {}


def _dev_push(stand_in: StandIn, body: Json) -> Json:
    app_id = _app(stand_in, body)
    sender = PushSender(str(body["url"]), app_id, str(body["token"]), body.get("aes_key"))
    event = str(body.get("event") or "user_authorization_revoke")
    answer = sender.send(event, Person(str(body.get("person") or "ada")).openid(app_id))
    return {"status": answer.status_code, "answer": answer.text}


_FAULTS: Final = [fault.value for fault in Fault]
_PAGES: Final = {"/connect/qrconnect": _qr_page, "/dev/code.txt": _plain_code}
_DEV: Final = {"/dev/code": _dev_code, "/dev/fail": _dev_fail, "/dev/push": _dev_push}
