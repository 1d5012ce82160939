"""What happens at each bound of the edge, made small, and that it gives back what it took."""

import socket
import threading

import pytest
from tests.integration.edge.running import GET, UPLOAD, edge
from tests.integration.raw import connect, exchange, held, parse, read_all
from tests.waiting import wait_until

from tigertally.server.edge.limits import KIB


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
def test_a_request_that_never_goes_on_times_out(begun: bytes) -> None:
    with edge(head_seconds=0.05, body_grace=0.05) as found:
        (answer,) = parse(exchange(found.port, begun, ends=False))
        assert (answer.status, answer.body["code"]) == (400, "invalid_request")
        assert found.refused == ["invalid_request"]


def test_a_silent_connection_is_closed_without_an_answer() -> None:
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


def test_an_upload_that_waits_too_long_is_answered_busy() -> None:
    with edge(room=100_000, wait_seconds=0.05) as found, held(found.port, 1, UPLOAD):
        wait_until(lambda: found.gateway.room._held, "the first has the room")
        (answer,) = parse(exchange(found.port, UPLOAD, ends=False))
        assert (answer.status, answer.body["code"]) == (503, "busy")


def test_the_queue_for_uploads_is_bounded() -> None:
    with edge(room=100_000, waiters=0) as found, held(found.port, 1, UPLOAD):
        wait_until(lambda: found.gateway.room._held, "the first has the room")
        assert found.ask(UPLOAD) == [503]


def test_a_slow_upload_makes_room_for_waiting_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tigertally.server.edge.room.PATIENCE", 0.05)
    with edge(room=100_000) as found, held(found.port, 1, UPLOAD) as (slow,):
        wait_until(lambda: found.gateway.room._held, "the first has the room")
        with connect(found.port) as fast:
            fast.sendall(UPLOAD)
            assert parse(read_all(slow))[0].body["code"] == "busy"
            fast.sendall(bytes(100_000))
            fast.shutdown(socket.SHUT_WR)
            assert parse(read_all(fast))[0].status == 200


def test_memory_of_unfinished_requests_is_bounded_and_whole_ones_pass() -> None:
    body = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + bytes(30_000)
    with edge(unfinished=100 * KIB) as found, held(found.port, 3, body):
        wait_until(lambda: found.gateway.unfinished._sum > 85_000, "three are held")
        assert found.ask(body) == [503]
        assert found.ask(body + bytes(30_000)) == [200]


def test_the_longest_idle_connection_makes_room() -> None:
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


def test_a_caller_that_never_reads_is_disconnected() -> None:
    """No thread waits for it meanwhile; what the application holds for it is let go of."""
    with edge(stall_seconds=0.2) as found:
        found.app.pieces = lambda: (bytes(100_000) for _ in range(1000))
        with held(found.port, 4, GET):
            wait_until(lambda: found.app.closed == 4, "all are let go of")
        found.app.pieces = lambda: [b"done"]
        assert found.ask() == [200]


def test_memory_of_unread_answers_is_bounded() -> None:
    """The longest stalled goes first."""
    with edge(unsent=4_000_000) as found:
        found.app.pieces = lambda: [bytes(20_000_000)]
        with held(found.port, 3, GET):
            wait_until(lambda: found.app.began == 3, "all are answered")
            wait_until(lambda: len(found.gateway.lines) <= 1, "the others are dropped")
