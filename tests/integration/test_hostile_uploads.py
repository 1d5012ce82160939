"""Whatever is uploaded, by however many at once: the service stays small, and serves others."""

import os
import struct
import zlib
from functools import cache
from pathlib import Path
from threading import Event, Thread
from typing import Final

import psutil
import pytest
from PIL import Image
from tests.integration.service import Answer, Line, Service
from tests.integration.services import Services
from tests.pictures import animation, chunk, drawing, encoded, gif_of, huge
from tests.waiting import PATIENCE

from tigertally.core.files import PictureKind
from tigertally.storage.pictures.worker import MEMORY_MAX

WORKER_MAX: Final = 400 * 1024
"""kB that a worker may ever hold: what it serves with, and the bodies of those who wait."""

AT_ONCE: Final = 32
BOUNDARY: Final = "tally-boundary"


@cache
def hostile() -> dict[str, bytes]:
    """Small files that would like to take gigabytes or hours, and large ones."""
    grey = Image.new("L", (7_000, 7_000))
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00"
    progressive = encoded(grey, PictureKind.JPEG, progressive=True)
    flat = Image.new("RGB", (4_900, 5_000))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(60 * 1024 * 1024), 9))
    png = encoded(drawing(), PictureKind.PNG)
    frames = [Image.new("RGB", (2_900, 3_000), (number * 20, 0, 0)) for number in range(11)]
    return {
        "two frames of one pixel": gif_of((7_000, 7_000), (0, 0, 1, 1), (0, 0, 1, 1)),
        "a canvas that a frame widens": gif_of((10, 10), (0, 0, 10, 10), (9_000, 9_000, 10, 10)),
        "a thousand frames": gif_of((316, 316), *[(0, 0, 1, 1)] * 1_000),
        "half a million frames": gif_of((1, 1), *[(0, 0, 1, 1)] * 500_000),
        "the largest GIF": encoded(grey.convert("P"), PictureKind.GIF),
        "the largest WebP": encoded(flat, PictureKind.WEBP, method=0),
        "the largest AVIF": encoded(flat, PictureKind.AVIF, speed=10),
        "the largest PNG": encoded(grey.convert("RGBA"), PictureKind.PNG, compress_level=1),
        "the largest JPEG": encoded(grey.convert("CMYK"), PictureKind.JPEG),
        "an animated PNG": encoded(
            frames[0], PictureKind.PNG, save_all=True, append_images=frames[1:], compress_level=1
        ),
        "an animated WebP": animation(PictureKind.WEBP, frames, duration=50, method=0),
        "many scans": progressive[:-2] + scan * 9 + progressive[-2:],
        "scans without end": progressive[:-2] + scan * 900_000 + progressive[-2:],
        "text": png[:33] + text * 9 + png[33:],
        "a profile": png[:33]
        + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(60 << 20), 9))
        + png[33:],
        "nothing but its size": huge(PictureKind.WEBP, 16_000, 16_000),
        "tiles": huge(PictureKind.AVIF, 16_000, 16_000),
        "broken off": encoded(flat, PictureKind.WEBP, method=0)[:-9],
        "ten megabytes of nothing": b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 9 << 20)
        + bytes(9 << 20),
        "noise": encoded(
            Image.frombytes("RGB", (1_800, 1_800), os.urandom(9_720_000)),
            PictureKind.PNG,
            compress_level=1,
        ),
    }


def form(upload: bytes) -> bytes:
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=file; filename=a.png\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + upload + f"\r\n--{BOUNDARY}--\r\n".encode()


def upload_to(service: Service, token: str, upload: bytes) -> Answer:
    with Line(service.port) as line:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }
        line._connection.timeout = PATIENCE
        line._connection.sock.settimeout(PATIENCE)
        line._connection.request("POST", "/api/files", form(upload), headers)
        return line.receive()


def held(pid: int) -> int:
    """The most memory (kB) that a process ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


class Watch(Thread):
    """Looks at the service, again and again, while it is under way."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service
        self._over = Event()
        self.largest = 0
        self.looks = 0

    def run(self) -> None:
        while not self._over.is_set():
            assert self._service.call("GET", "/healthz").status == 200
            for process in psutil.Process(self._service.process.pid).children(recursive=True):
                try:
                    self.largest = max(self.largest, process.memory_info().rss)
                except psutil.Error:
                    continue
            self.looks += 1

    def stop(self) -> None:
        self._over.set()
        self.join(PATIENCE)


@pytest.mark.slow
def test_no_worker_ever_holds_more_than_four_hundred_megabytes(services: Services) -> None:
    service = services.serve(workers=2, TALLY_FILES_QUOTA=str(1 << 30))
    service.register("hufu")
    token = service.login("hufu").body["access_token"]
    uploads = list(hostile().values())
    assert len(upload_to(service, token, uploads[0]).body["fields"]["file"]) == 1
    watch = Watch(service)
    watch.start()
    answers = service.together(
        AT_ONCE, lambda number: upload_to(service, token, uploads[number % len(uploads)])
    )
    watch.stop()
    assert watch.looks > 0
    seen = {answer.verdict[:2] for answer in answers}
    assert seen <= {
        (201, None), (400, "invalid_request"), (503, "busy"), (429, "rate_limited"),
    }, seen  # fmt: skip
    assert watch.largest < MEMORY_MAX
    assert max(held(pid) for pid in service.worker_pids()) < WORKER_MAX
    after = upload_to(service, token, encoded(drawing(), PictureKind.PNG))
    assert after.status == 201
    assert "Traceback" not in service.read_log()


@pytest.mark.slow
def test_each_hostile_upload_has_its_answer(services: Services) -> None:
    """One after the other, so that none is refused for the others' sake."""
    service = services.serve(workers=1)
    service.register("hufu")
    token = service.login("hufu").body["access_token"]
    told = {}
    for name, upload in hostile().items():
        answer = upload_to(service, token, upload)
        why = "" if answer.status == 201 else answer.body["fields"]["file"]
        told[name] = (answer.status, why)
    assert {status for status, _ in told.values()} == {201, 400}, told
    assert held(service.worker_pids()[0]) < WORKER_MAX
