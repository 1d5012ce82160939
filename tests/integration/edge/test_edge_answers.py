"""What the edge tells the application, and what becomes of its answers."""

from collections.abc import Iterable

import pytest
from tests.integration.edge.running import GET, edge
from tests.integration.raw import exchange, parse
from tests.waiting import wait_until


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


def test_the_application_sees_a_valid_wsgi_environment() -> None:
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
