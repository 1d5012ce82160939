"""Callers who fetch pictures and do not read them hold neither threads nor whole pictures."""

import random
import socket
from collections.abc import Iterator

import psutil
import pytest
from PIL import Image
from tests.integration.raw import DEADLINE, exchange, parse
from tests.integration.service import Service
from tests.integration.services import Services
from tests.integration.test_hostile_uploads import upload_to
from tests.pictures import encoded
from tests.waiting import wait_until

from tigertally.core.files import PictureKind

MIB = 1024 * 1024
SLOW = 24
"""Three times as many as there are threads for files."""
GROWTH_MAX = 100 * MIB
"""Whole pictures for all of them would take 200 MB."""


@pytest.fixture
def slow_lines(services: Services) -> Iterator[list[socket.socket]]:
    found: list[socket.socket] = []
    yield found
    for line in found:
        line.close()


@pytest.mark.slow
def test_many_slow_readers_of_pictures_delay_nobody(
    services: Services, slow_lines: list[socket.socket]
) -> None:
    service = services.serve(workers=1)
    service.register("hufu")
    token = service.login("hufu").body["access_token"]
    noise = Image.frombytes("RGB", (1_700, 1_700), random.Random(1).randbytes(1_700 * 1_700 * 3))
    file = upload_to(service, token, encoded(noise, PictureKind.PNG)).body["file"]
    assert file["size"] > 8 * MIB
    asked = (
        f"GET {file['content_url']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    assert whole(service, asked) == file["size"]
    before = memory(service)
    for _ in range(SLOW):
        line = socket.socket()
        # As little as the system allows, so that the picture stays with the service.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.settimeout(DEADLINE)
        line.connect(("127.0.0.1", service.port))
        slow_lines.append(line)
        line.sendall(asked)
    # Each was given a thread, and none was cut off to make room for the others.
    for line in slow_lines:
        assert line.recv(12) == b"HTTP/1.1 200"
    for _ in range(3):
        assert whole(service, asked) == file["size"]
    assert memory(service) - before < GROWTH_MAX
    for line in slow_lines:
        line.close()
    wait_until(lambda: whole(service, asked) == file["size"], "pictures are read as before")


def whole(service: Service, asked: bytes) -> int:
    """Read a picture as fast as it comes; return how many bytes it has."""
    (answer,) = parse(exchange(service.port, asked))
    assert answer.status == 200
    return len(answer.content)


def memory(service: Service) -> int:
    (pid,) = service.worker_pids()
    return psutil.Process(pid).memory_info().rss
