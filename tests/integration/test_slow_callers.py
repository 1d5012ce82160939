"""Callers who are slow, silent or send what is not HTTP cost a socket, and nobody else's time."""

import contextlib
import socket
import statistics
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from tests.integration.raw import connect, exchange, held, parse, read_all, timed
from tests.integration.service import PASSWORD, Service
from tests.integration.services import Services
from tests.waiting import wait_until

HEAD = (
    b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Accept-Language: zh-CN\r\n"
)
UPLOAD = (
    b"POST /api/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: 10000000\r\n\r\n"
)
FRAMINGS = {
    "announced": b"Content-Length: 12000000\r\n\r\n",
    "in chunks": b"Transfer-Encoding: chunked\r\n\r\nB71B00\r\n",
}
H2C = b"Connection: upgrade\r\nUpgrade: h2c\r\n"
MANY = 500
AT_ONCE = 5.0
"""Seconds: before there was an edge, an honest caller waited for minutes."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all of these; nothing they do may harm the next one."""
    services = Services(tmp_path_factory.mktemp("edge"))
    try:
        # Hashes as costly as with people: they are what signing in is held up by.
        found = services.serve(workers=2, TALLY_PASSWORD_COST="safe")
        assert found.register("hufu").status == 201
        yield found
    finally:
        services.end()


@pytest.fixture
def token(service: Service) -> str:
    return str(service.login("hufu").body["access_token"])


def serves_others(service: Service, token: str) -> None:
    """Ask as an honest caller would, on new connections, several times each."""
    for _ in range(5):
        assert timed(lambda: ask(service, "/healthz", token)) < AT_ONCE
        assert timed(lambda: ask(service, "/api/me", token)) < AT_ONCE


def ask(service: Service, path: str, token: str) -> None:
    assert service.call("GET", path, token=token).status == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bear",
        HEAD + b"Content-Length: 60\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        UPLOAD,
    ],
    ids=["silent", "half heads", "unfinished bodies", "unfinished chunks", "unfinished uploads"],
)
def test_five_hundred_stalled_callers_delay_nobody(
    service: Service, token: str, begun: bytes
) -> None:
    with held(service.port, MANY, begun):
        serves_others(service, token)
    serves_others(service, token)


def test_five_hundred_dripping_callers_delay_nobody(service: Service, token: str) -> None:
    """A byte at a time, of a head and of a body."""
    stopped = threading.Event()
    with (
        held(service.port, MANY // 2, b"GET / HTTP/1.1\r\nHost: x\r\nA: ") as heads,
        held(service.port, MANY // 2, HEAD + b"Content-Length: 60000\r\n\r\n") as bodies,
    ):

        def drip() -> None:
            while not stopped.wait(0.1):
                for line in heads + bodies:
                    with contextlib.suppress(OSError):
                        line.send(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            serves_others(service, token)
        finally:
            stopped.set()
            dripping.join()


def test_unfinished_uploads_take_little_memory(service: Service) -> None:
    """Five hundred of ten megabytes, of which each sends as much as is read: no 5 GB."""
    piece = bytes(64 * 1024)
    with held(service.port, MANY, UPLOAD) as lines:
        for line in lines:
            line.setblocking(False)
        # Forty rounds could bring 1.3 GB; the system's own buffers take a part of them.
        for _ in range(40):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.send(piece)
        used = [psutil.Process(pid).memory_info().rss for pid in service.worker_pids()]
    assert max(used) < 400 * 1024 * 1024


CROOKED = {
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two different lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a list of lengths": HEAD + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": HEAD + b"Content-Length: +2\r\n\r\n{}",
    "a length that overflows": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks that are not last": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding twice": HEAD
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that is not one": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a negative chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk that is longer": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "a chunk without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: x\n\n",
    "a bare line feed in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
    "a folded header": HEAD + b"A: b\r\n c\r\n\r\n",
    "a blank before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}",
    "a header without a name": HEAD + b": x\r\n\r\n",
    "a null in a value": HEAD + b"A: b\0c\r\n\r\n",
    "a carriage return in a value": HEAD + b"A: b\rc\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "HTTP/2 from the start": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a tunnel": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is not ASCII": b"GET /\xe4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is no path": b"GET x HTTP/1.1\r\nHost: x\r\n\r\n",
    "an upgrade with a body": HEAD
    + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}",
    "TLS": bytes.fromhex("16030100c6010000c20303") + bytes(190),
    "noise": bytes(range(256)),
    "two hundred headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "a long target": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long head": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
    "half a head": b"GET / HTTP/1.1\r\nHo",
    "half a body": HEAD + b"Content-Length: 9\r\n\r\n{",
}  # fmt: skip


@pytest.mark.parametrize("what", CROOKED)
def test_an_ambiguous_request_is_refused(service: Service, what: str) -> None:
    """With one answer in the words of the contract, and nothing that follows is ever read."""
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    unfinished = what.startswith("half")
    answers = parse(exchange(service.port, CROOKED[what] + (b"" if unfinished else smuggled)))
    assert [(one.status, one.body["code"]) for one in answers] == [(400, "invalid_request")]
    assert answers[0].headers["Connection"] == "close"


def test_a_refusal_speaks_the_callers_language(service: Service) -> None:
    chunks = exchange(service.port, HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n")
    assert parse(chunks)[0].body["message"] == "请检查标出的内容。"


def test_an_endless_head_is_cut_off_after_its_limit(service: Service) -> None:
    """Seven megabytes once took six seconds of a core."""
    head = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 7_000_000
    (answer,) = parse(exchange(service.port, head, ends=False))
    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(service: Service) -> None:
    asks = HEAD + b"Content-Length: 20000000\r\nExpect: 100-continue\r\n\r\n"
    (answer,) = parse(exchange(service.port, asks, ends=False))
    assert (answer.status, answer.body["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_a_caller_that_sends_too_much_reads_the_reason(service: Service, framing: bytes) -> None:
    """The answer is not lost in a reset, although nobody reads the twelve megabytes."""
    (answer,) = parse(exchange(service.port, HEAD + framing + bytes(12_000_000), ends=False))
    assert (answer.status, answer.body["code"]) == (413, "payload_too_large")
    assert answer.body["message"] == "内容过大，无法提交。"


def test_a_caller_that_expects_100_continue_gets_it(service: Service) -> None:
    body = b'{"username": "hufu", "password": "%s"}' % PASSWORD.encode()
    with connect(service.port) as line:
        line.sendall(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body))
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        line.shutdown(socket.SHUT_WR)
        assert parse(read_all(line))[0].status == 200


def test_requests_sent_ahead_are_answered_in_their_order(service: Service) -> None:
    paths = [b"/healthz", b"/api/me", b"/api/auth/providers", b"/healthz", b"/nothing"]
    asked = b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths)
    for data in (asked, asked + b"GET /healthz HTTP/1.1\r\nHost"):
        answers = parse(exchange(service.port, data))
        assert [one.status for one in answers[:4]] == [200, 401, 200, 200]
    body = b'{"username": "hufu", "password": "%s"}' % PASSWORD.encode()
    posted = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert [one.status for one in parse(exchange(service.port, posted * 3))] == [200] * 3


def test_a_body_in_chunks_is_a_body_and_its_trailers_are_no_headers(service: Service) -> None:
    body = b'{"username": "hufu", "password": "%s"}' % PASSWORD.encode()
    chunks = b"".join(b"1\r\n%b\r\n" % body[at : at + 1] for at in range(len(body)))
    trailers = b"0\r\nAuthorization: Bearer x\r\nAccept-Language: en\r\n\r\n"
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + trailers
    (answer,) = parse(exchange(service.port, data))
    assert answer.status == 200
    assert answer.body["message"] == "登录成功。"


@pytest.mark.parametrize(
    ("asked", "status", "kept"),
    [
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200, False),
        (b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, True),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200, False),
        (b"GET http://x:80/api/auth/providers?a=%41 HTTP/1.1\r\nHost: y\r\n\r\n", 200, True),
        (b"GET /%61pi/auth/providers HTTP/1.1\r\nHost: x\r\n\r\n", 200, True),
        (b"GET /api/%FF%e4%b8%ad HTTP/1.1\r\nHost: x\r\n\r\n", 404, True),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 200, True),
        (b"DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405, True),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + H2C + b"\r\n", 200, False),
    ],
)  # fmt: skip
def test_unusual_but_valid_requests_are_answered(
    service: Service, asked: bytes, status: int, *, kept: bool
) -> None:
    with connect(service.port) as line:
        line.sendall(asked)
        if kept:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = parse(read_all(line))
    assert [one.status for one in answers] == [status, 200][: 1 + kept]


def test_a_head_request_is_answered_without_a_body(service: Service) -> None:
    for path in (b"/healthz", b"/api/docs", b"/nothing"):
        head = b"HEAD %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path
        (answer,) = parse(exchange(service.port, head, ends=False), method="HEAD")
        assert int(answer.headers["Content-Length"]) > 0


def test_a_header_with_an_underscore_is_not_taken_for_another(service: Service) -> None:
    """`X_Forwarded_For` and `X-Forwarded-For` are one name to WSGI."""
    forged = (
        b"GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization_: x\r\nAccept_Language: zh-CN\r\n\r\n"
    )
    (answer,) = parse(exchange(service.port, forged))
    assert answer.body["message"] == "Please sign in first."


BIG = b"GET /api/docs HTTP/1.1\r\nHost: x\r\n\r\n"
"""A request whose answer is a quarter of a megabyte."""


def test_callers_that_never_read_delay_nobody(service: Service, token: str) -> None:
    """More than there are threads, each of them owed twenty long answers."""
    with held(service.port, 60, BIG * 15):
        serves_others(service, token)


def test_a_slow_reader_gets_everything(service: Service) -> None:
    whole = parse(exchange(service.port, BIG))[0].content
    with connect(service.port) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(BIG)
        line.shutdown(socket.SHUT_WR)
        found = bytearray()
        while data := line.recv(2048):
            found += data
    assert parse(bytes(found))[0].content == whole


def test_disconnected_callers_leave_nothing_behind(service: Service, token: str) -> None:
    def files() -> int:
        return sum(psutil.Process(pid).num_fds() for pid in service.worker_pids())

    before = files()
    body = b'{"username": "hufu", "password": "wrong wrong wrong"}'
    asked = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with held(service.port, 100, asked):
        pass
    with held(service.port, 100, BIG):
        pass
    serves_others(service, token)
    wait_until(lambda: files() <= before + 20, "the connections are let go of")


def test_sixty_four_simultaneous_sign_ins_delay_nobody(service: Service, token: str) -> None:
    """`/healthz` and `/api/me` go their own ways; the bound is generous."""
    with ThreadPoolExecutor(64) as pool:
        signing_in = [pool.submit(service.login, "hufu") for _ in range(64)]
        health = [timed(lambda: ask(service, "/healthz", token)) for _ in range(10)]
        me = [timed(lambda: ask(service, "/api/me", token)) for _ in range(10)]
        assert [one.result().status for one in signing_in] == [200] * 64
    assert statistics.median(health) < 1
    assert statistics.median(me) < 1


def test_a_refused_caller_is_not_logged_as_an_error(service: Service) -> None:
    """Runs last: after everything above, no traceback stands there."""
    assert "Traceback" not in Path(service.log).read_text(errors="replace")
