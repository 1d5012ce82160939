"""The bounds of the edge, each made small: what happens at it, and that it gives back what it took.

The edge runs in this process, before an application of a few lines, so that times can be short.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.raw import connect, exchange, held, parse, read_all
from tests.integration.service import wait_until

from tigertally.contract.http import load_contract
from tigertally.server.edge.gateway import Gateway
from tigertally.server.edge.lanes import Lane, Width
from tigertally.server.edge.limits import KIB, Limits
from tigertally.server.edge.listening import Listener
from tigertally.server.edge.plans import Plans
from tigertally.server.edge.words import Words
from tigertally.server.edge.worker import loop_factory

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UPLOAD = (
    b"POST /api/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: 100000\r\n\r\n"
)
GET = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"


LOOP: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]


@pytest.fixture(params=["the fastest loop", "asyncio"], autouse=True)
def _loop(request: pytest.FixtureRequest) -> None:
    """Where uvloop cannot be had, the standard library's loop serves."""
    fastest = loop_factory() or asyncio.new_event_loop
    LOOP[0] = asyncio.new_event_loop if request.param == "asyncio" else fastest


class App:
    """Answers at once, or when it is let go."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.may_go.set()
        self.began = 0
        self.closed = 0
        self.pieces: Callable[[], Iterable[bytes]] = lambda: [b"done"]
        self.headers: list[tuple[str, str]] = []
        self.seen: dict[str, Any] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        self.began += 1
        self.seen = environ
        assert self.may_go.wait(30)
        start_response("200 OK", self.headers)
        return _Body(self, iter(self.pieces()))


@dataclass
class _Body:
    """An iterator that must be closed (PEP 3333)."""

    app: App
    pieces: Iterator[bytes]

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        self.app.closed += 1


@dataclass
class Edge:
    """An edge that listens."""

    port: int
    app: App
    gateway: Gateway
    refused: list[str] = field(default_factory=list)

    def ask(self, data: bytes = GET) -> list[int]:
        """Send something, and return the statuses of what is answered."""
        return [one.status for one in parse(exchange(self.port, data))]


@contextlib.contextmanager
def edge(**limits: Any) -> Iterator[Edge]:
    """Run an edge with these limits in a thread."""
    loop = LOOP[0]()
    refused: list[str] = []
    app = App()
    lanes = {name: Lane(name, Width(2, 2)) for name in ("common", "password", "pictures")}
    wsgi: WSGIApplication = app
    gateway = Gateway(
        app=wsgi,
        loop=loop,
        lanes=lanes,
        plans=Plans(load_contract().operations.values()),
        words=Words(frozenset({"https://shop.example"})),
        limits=Limits(**limits),
        refused=refused.append,
    )
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        listener = Listener(gateway, [listening])

        def check() -> None:
            gateway.check()
            loop.call_later(0.01, check)

        def drop_all() -> None:
            for line in tuple(gateway.lines):
                line.drop()

        loop.call_soon(listener.open)
        loop.call_soon(check)
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield Edge(listening.getsockname()[1], app, gateway, refused)
        finally:
            app.may_go.set()
            loop.call_soon_threadsafe(drop_all)
            wait_until(lambda: not gateway.lines, "the last connection is closed")
            loop.call_soon_threadsafe(listener.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            for lane in lanes.values():
                lane.stop(time.monotonic() + 30)
            loop.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost",
        b"\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
        UPLOAD,
    ],
    ids=["head", "empty lines", "body", "chunks", "upload"],
)
def test_who_never_goes_on_is_told_and_let_go(begun: bytes) -> None:
    with edge(head_seconds=0.05, body_grace=0.05) as found:
        (answer,) = parse(exchange(found.port, begun, ends=False))
        assert (answer.status, answer.body["code"]) == (400, "invalid_request")
        assert found.refused == ["invalid_request"]


def test_a_silent_connection_is_closed_without_a_word() -> None:
    with edge(head_seconds=0.05) as found:
        assert exchange(found.port, b"", ends=False) == b""


def test_a_connection_that_was_used_is_kept_for_longer() -> None:
    with edge(head_seconds=0.01, idle_seconds=0.3) as found, connect(found.port) as line:
        for _ in range(2):
            line.sendall(GET)
            assert line.recv(1000)
            threading.Event().wait(0.1)
        assert read_all(line) == b""


def test_a_body_that_came_in_pieces_leaves_nothing_to_wait_for() -> None:
    """It was once taken for the beginning of another head, and refused ten seconds later."""
    with edge(head_seconds=0.01, idle_seconds=0.2) as found, connect(found.port) as line:
        line.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        wait_until(lambda: found.gateway.unfinished._sum, "a part of it is read")
        line.sendall(b"}")
        assert [one.status for one in parse(read_all(line))] == [200]
        assert found.refused == []


def test_beyond_its_queue_a_lane_answers_busy_in_the_callers_language() -> None:
    with edge() as found:
        found.app.may_go.clear()
        with held(found.port, 4, GET):
            wait_until(lambda: found.gateway.lanes["common"].is_full, "the lane is full")
            spoken = b"Accept-Language: zh\r\nOrigin: https://shop.example\r\n\r\n"
            (answer,) = parse(exchange(found.port, GET[:-2] + spoken))
            # Nobody in another lane waits, nor whoever asks after the health.
            assert found.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == [200]
            found.app.may_go.set()
        assert (answer.status, answer.body["code"]) == (503, "busy")
        assert answer.body["message"] == "当前访问人数较多，请过几秒再试。"
        assert int(answer.headers["Retry-After"]) == answer.body["retry_after"] > 0
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        wait_until(lambda: found.ask() == [200], "there is room again")


def test_a_lane_that_is_full_holds_up_no_other() -> None:
    with edge() as found:
        found.app.may_go.clear()
        with held(found.port, 4, GET):
            wait_until(lambda: found.gateway.lanes["common"].is_full, "the lane is full")
            signing_in = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
            with held(found.port, 1, signing_in):
                wait_until(lambda: found.app.seen["PATH_INFO"] == "/api/auth/login", "it begins")
                found.app.may_go.set()


def test_large_bodies_take_turns_and_all_of_them_come_in() -> None:
    """Room for two at once, of ten."""
    with edge(room=200_000) as found:
        with held(found.port, 10, UPLOAD) as lines:
            # A body that is read together with its head needs no turn; none of these is.
            wait_until(lambda: len(found.gateway.room._waiting) == 8, "all of them have asked")
            rest = bytes(100_000)
            sending = [threading.Thread(target=line.sendall, args=(rest,)) for line in lines]
            for one in sending:
                one.start()
            statuses = []
            for line, one in zip(lines, sending, strict=True):
                one.join()
                line.shutdown(socket.SHUT_WR)
                statuses += [each.status for each in parse(read_all(line))]
        assert statuses == [200] * 10
        assert found.gateway.room._free == 200_000


def test_who_waits_for_room_in_vain_is_told_to_come_back() -> None:
    with edge(room=100_000, wait_seconds=0.05) as found, held(found.port, 1, UPLOAD):
        wait_until(lambda: found.gateway.room._held, "the first has the room")
        (answer,) = parse(exchange(found.port, UPLOAD, ends=False))
        assert (answer.status, answer.body["code"]) == (503, "busy")


def test_only_so_many_wait_for_room() -> None:
    with edge(room=100_000, waiters=0) as found, held(found.port, 1, UPLOAD):
        wait_until(lambda: found.gateway.room._held, "the first has the room")
        assert found.ask(UPLOAD) == [503]


def test_a_slow_upload_makes_room_for_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tigertally.server.edge.room.PATIENCE", 0.05)
    with edge(room=100_000) as found, held(found.port, 1, UPLOAD) as (slow,):
        wait_until(lambda: found.gateway.room._held, "the first has the room")
        with connect(found.port) as fast:
            fast.sendall(UPLOAD)
            assert parse(read_all(slow))[0].body["code"] == "busy"
            fast.sendall(bytes(100_000))
            fast.shutdown(socket.SHUT_WR)
            assert parse(read_all(fast))[0].status == 200


def test_unfinished_requests_hold_so_much_memory_and_whole_ones_still_pass() -> None:
    body = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + bytes(30_000)
    with edge(unfinished=100 * KIB) as found, held(found.port, 3, body):
        wait_until(lambda: found.gateway.unfinished._sum > 85_000, "three are held")
        assert found.ask(body) == [503]
        assert found.ask(body + bytes(30_000)) == [200]


def test_where_every_place_is_taken_who_has_waited_longest_goes() -> None:
    with edge(connections=20) as found, held(found.port, 60, b"GET / HT") as lines:
        for _ in range(5):
            assert found.ask() == [200]
        assert len(found.gateway.lines) <= 20
        assert read_all(lines[0]) == b""


def test_requests_under_way_are_not_cut_off_for_newcomers() -> None:
    with edge(connections=2) as found:
        found.app.may_go.clear()
        with held(found.port, 2, GET[:-2] + b"Connection: close\r\n\r\n") as lines:
            wait_until(lambda: found.app.began == 2, "both are answered")
            with connect(found.port) as third:
                third.sendall(GET)
                found.app.may_go.set()
                assert [parse(read_all(line))[0].status for line in lines] == [200, 200]
                third.shutdown(socket.SHUT_WR)
                assert parse(read_all(third))[0].status == 200


def test_a_reader_who_never_reads_is_dropped_and_its_answer_closed() -> None:
    """No thread waits for it meanwhile; what the application holds for it is let go of."""
    with edge(stall_seconds=0.2) as found:
        found.app.pieces = lambda: (bytes(100_000) for _ in range(1000))
        with held(found.port, 4, GET):
            wait_until(lambda: found.app.closed == 4, "all are let go of")
        found.app.pieces = lambda: [b"done"]
        assert found.ask() == [200]


def test_answers_that_nobody_reads_hold_so_much_memory() -> None:
    """The longest stalled goes first."""
    with edge(unsent=4_000_000) as found:
        found.app.pieces = lambda: [bytes(20_000_000)]
        with held(found.port, 3, GET):
            wait_until(lambda: found.app.began == 3, "all are answered")
            wait_until(lambda: len(found.gateway.lines) <= 1, "the others are dropped")


@pytest.mark.parametrize("size", [0, 1, 70_000, 300_000, 5_000_000])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_of_any_size_arrives_whole(size: int, *, announced: bool, version: bytes) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    with edge() as found:
        found.app.pieces = lambda: (content[at : at + 50_000] for at in range(0, size, 50_000))
        found.app.headers = [("Content-Length", str(size))] if announced else []
        asked = GET.replace(b"1.1", version)
        answers = parse(exchange(found.port, asked * (2 if version == b"1.1" else 1)))
        assert {one.content for one in answers} == {content}
        wait_until(lambda: found.app.closed == found.app.began, "all are closed")


@pytest.mark.parametrize("length", ["5", "3"])
def test_an_answer_of_another_length_than_announced_is_broken_off(length: str) -> None:
    """Whatever stood behind it would be taken for the next answer."""
    with edge() as found:
        found.app.headers = [("Content-Length", length)]
        answered = exchange(found.port, GET + GET)
        assert answered.count(b"HTTP/1.1") <= 1


def fails() -> Iterable[bytes]:
    raise ValueError("a fault of the application")


def test_an_application_that_fails_is_answered_in_our_words() -> None:
    with edge() as found:
        found.app.pieces = fails
        (answer,) = parse(exchange(found.port, GET))
        assert (answer.status, answer.body["code"]) == (500, "internal_error")
        assert "fault" not in answer.content.decode()


def test_what_the_application_sees_is_what_wsgi_says() -> None:
    asked = (
        b"POST /caf%C3%A9/%2F?q=%20&b HTTP/1.1\r\nHost: x:1\r\nContent-Type: text/plain\r\n"
        b"Cookie: a=1\r\nCookie: b=2\r\nX-Two: 1\r\nX-Two: 2\r\nX_Two: 3\r\nContent-Length: 2\r\n"
        b"Expect: 100-continue\r\n\r\nhi"
    )
    with edge() as found:
        assert found.ask(asked)[-1] == 200
        seen = found.app.seen
        assert seen["REQUEST_METHOD"] == "POST"
        assert seen["PATH_INFO"].encode("latin-1").decode() == "/café//"
        assert (seen["SCRIPT_NAME"], seen["QUERY_STRING"]) == ("", "q=%20&b")
        assert (seen["SERVER_PROTOCOL"], seen["HTTP_HOST"]) == ("HTTP/1.1", "x:1")
        assert seen["REMOTE_ADDR"] == "127.0.0.1"
        assert (seen["HTTP_COOKIE"], seen["HTTP_X_TWO"]) == ("a=1; b=2", "1,2")
        assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"]) == ("text/plain", "2")
        assert seen["wsgi.input"].read() == b"hi"
        assert "HTTP_CONTENT_TYPE" not in seen
        assert "HTTP_EXPECT" not in seen


@pytest.mark.parametrize(
    "host",
    [
        *[b"[:1]", b"[:::1]:80", b"[::1", b"[fe80::1%eth0]", b"[v1.a]", b"a b", b"a@b", b"a/b"],
        *[b"a:x", b"a:99999", b"a:80:80", b"\xff", "中".encode(), b"a,b#", b"a" * 256],
    ],
)
def test_an_invalid_host_is_refused(host: bytes) -> None:
    with edge() as found:
        for target in (b"/", b"http://x/"):
            (answer,) = parse(
                exchange(found.port, b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, host))
            )
            assert (answer.status, answer.body["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "host",
    [
        *[b"", b"x", b"X.example.", b"a_b:", b"127.0.0.1:65535", b"[::1]", b"[2001:DB8::1]:443"],
        *[b"xn--fiqs8s.example", b"[::ffff:192.0.2.1]:1"],
    ],
)
def test_a_valid_host_reaches_the_application(host: bytes) -> None:
    with edge() as found:
        assert found.ask(b"GET /page HTTP/1.1\r\nHost: %b\r\n\r\n" % host) == [200]
        assert found.app.seen["HTTP_HOST"].encode() == host


def test_a_target_with_a_host_says_which_host_is_asked() -> None:
    with edge() as found:
        assert found.ask(b"GET http://[::1]:81?a HTTP/1.1\r\nHost: x\r\n\r\n") == [200]
        assert found.app.seen["HTTP_HOST"] == "[::1]:81"
        assert (found.app.seen["PATH_INFO"], found.app.seen["QUERY_STRING"]) == ("/", "a")
