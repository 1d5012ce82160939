"""Whatever bytes are sent to a live service: an answer in the contract's words, and never a fault.

A slice runs with all tests; `EDGE_FUZZ=100000` tries as many requests as that.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException

import pytest
from tests.integration.raw import exchange, parse
from tests.integration.service import Service
from tests.integration.services import Services

REQUESTS = int(os.environ.get("EDGE_FUZZ", "1500"))
CALLERS = 8

SEEDS = [
    each.replace(b"\n", b"\r\n")
    for each in (
        b"GET /healthz HTTP/1.1\nHost: x\n\n",
        b"GET /api/auth/providers?a=b&a=%00 HTTP/1.1\nHost: x\nCookie: a=b; tally_access=c\n\n",
        b"GET http://x:1/api/me HTTP/1.1\nHost: x\nAuthorization: Bearer a.b.c\n\n",
        b"HEAD /api/docs?lang=en HTTP/1.0\nAccept-Language: zh;q=0.5, en\n\n",
        b'POST /api/auth/login HTTP/1.1\nHost: x\nContent-Length: 17\n\n{"username": "a"}',
        b"POST /api/me HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n2\n{}\n0\nA: b\n\n",
        b"POST /api/files HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 5\n\n--b--",
        b"GET / HTTP/1.1\nHost: x\nRange: bytes=0-1\nUpgrade: h2c\nConnection: upgrade\n\n",
        b"OPTIONS /api/me HTTP/1.1\nHost: [::1]:80\nOrigin: https://a.example\n\n",
    )
]
PIECES = [
    *[b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"%", b"%00", b"%ff", b"%zz", b"\xff", b"/"],
    *[b"//", b"/../", b"?", b"#", b"HTTP/1.1", b"HTTP/0.9", b"HTTP/9.9", b"chunked", b"a" * 300],
    *[b"Transfer-Encoding: chunked\r\n", b"Content-Length: 0\r\n", b"Content-Length: 99\r\n"],
    *[b"Content-Length: -1\r\n", b"Host: y\r\n", b"Connection: close\r\n", b"Expect: x\r\n"],
    *[b"Content-Type: application/json\r\n", b"Content-Type: multipart/form-data; boundary=b\r\n"],
    *[b"Connection: keep-alive\r\n", b"Content-Encoding: gzip\r\n", b"Accept: \x80\r\n"],
    *[b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"A: b\r\n" * 20, b"{" * 50, b"[" * 2000],
    *[b"Forwarded: for=x\r\n", b"X-Forwarded-For: y\r\n", "中".encode()],
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    services = Services(tmp_path_factory.mktemp("any-bytes"))
    try:
        yield services.serve(workers=2)
    finally:
        services.end()


def crooked(rng: random.Random) -> bytes:
    """Return a request, or several, with something wrong in most of them."""
    data = bytearray(b"".join(rng.choices(SEEDS, k=rng.choice((1, 1, 1, 2, 3)))))
    for _ in range(rng.choice((0, 1, 1, 2, 4, 8))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at:at] = rng.choice(PIECES)
            case 1:
                del data[at : at + rng.randrange(1, 12)]
            case 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                data[at:at] = rng.choice(SEEDS)
            case _:
                data[at:at] = rng.randbytes(rng.randrange(1, 8))
    return bytes(data[:60_000]) or b"\0"


def faults(service: Service, seed: int) -> tuple[Counter[int], list[str]]:
    """Send one, and return what was answered and what is wrong with it."""
    data = crooked(random.Random(seed))
    answered = exchange(service.port, data)
    try:
        # To HEAD no body is sent, and which request was one is not known here: heads suffice.
        heads = [int(each.split(b" ")[0]) for each in answered.split(b"HTTP/1.1 ")[1:]]
        if b"HEAD" not in data:
            parse(answered)
    except (HTTPException, ValueError) as error:
        return Counter(), [f"seed {seed}: {data!r} is answered {answered!r}: {error}"]
    wrong = [] if heads else [f"seed {seed}: {data!r} is not answered"]
    wrong += [f"seed {seed}: {data!r} is answered {each}" for each in heads if each >= 500]
    return Counter(heads), wrong


@pytest.mark.slow
def test_any_bytes_are_answered_without_an_internal_error(service: Service) -> None:
    first = int(os.environ.get("EDGE_FUZZ_SEED", "0")) or random.randrange(1 << 32)
    sys.stdout.write(f"EDGE_FUZZ_SEED={first}\n")
    seen: Counter[int] = Counter()
    wrong: list[str] = []
    with ThreadPoolExecutor(CALLERS) as pool:
        for counted, found in pool.map(partial(faults, service), range(first, first + REQUESTS)):
            seen += counted
            wrong += found
    sys.stdout.write(f"{dict(seen)}\n")
    assert wrong == []
    assert {200, 400} <= set(seen)
    assert "Traceback" not in service.read_log()
