"""One picture, one process: what a decoder takes, or trips over, is gone with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Self

import psutil
import pytest
from tests.pictures import drawing, encoded, gif_of
from tests.waiting import PATIENCE, wait_until

from tigertally.core.files import FRAMES_MAX, Picture, PictureKind
from tigertally.errors import Busy, InvalidRequest, TallyError
from tigertally.storage.pictures.processes import WORKER, PictureProcesses

PICTURE = encoded(drawing(), PictureKind.PNG)
LONG = gif_of((316, 316), *[(0, 0, 1, 1)] * FRAMES_MAX)
"""A GIF that takes seconds."""


class Upload(Thread):
    """Somebody who uploads a picture, in a thread of their own."""

    def __init__(self, pictures: PictureProcesses, upload: bytes) -> None:
        super().__init__()
        self._pictures = pictures
        self._upload = upload
        self.picture: Picture | None = None
        self.error: TallyError | None = None

    def run(self) -> None:
        try:
            self.picture = self._pictures.develop(self._upload)
        except TallyError as error:
            self.error = error

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.join(PATIENCE)
        assert not self.is_alive()


def processes(of: int | None = None) -> list[psutil.Process]:
    """The processes that decode pictures for this one, or for another."""
    found = []
    for child in psutil.Process(of).children(recursive=True):
        try:
            if WORKER in child.cmdline():
                found.append(child)
        except psutil.Error:
            continue
    return found


def the_process(of: int | None = None) -> psutil.Process:
    wait_until(lambda: processes(of), "a process was started for the picture")
    return processes(of)[0]


@contextmanager
def frozen_process() -> Iterator[psutil.Process]:
    process = the_process()
    process.suspend()
    yield process
    with suppress(psutil.NoSuchProcess):
        process.resume()


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        (signal.SIGKILL, "picture_too_costly"),
        (signal.SIGXCPU, "picture_too_costly"),
        (signal.SIGSEGV, "picture_broken"),
        (signal.SIGABRT, "picture_broken"),
        (signal.SIGBUS, "picture_broken"),
    ],
)
def test_a_crashed_picture_process_refuses_one_upload_only(
    ending: signal.Signals, why: str
) -> None:
    pictures = PictureProcesses()
    with Upload(pictures, LONG) as upload:
        the_process().send_signal(ending)
    assert isinstance(upload.error, InvalidRequest)
    assert upload.error.fields["file"][0].kind == why
    assert pictures.develop(PICTURE).width == 64
    assert processes() == []


def test_a_process_that_hangs_is_given_up() -> None:
    pictures = PictureProcesses(wall_seconds=3)
    with Upload(pictures, LONG) as upload, frozen_process():
        upload.join(PATIENCE)
    assert isinstance(upload.error, InvalidRequest)
    assert processes() == []


def test_the_queue_of_pictures_is_bounded_and_served() -> None:
    pictures = PictureProcesses(at_once=1, waiting_max=2, patience=PATIENCE)
    with (
        Upload(pictures, PICTURE) as first,
        frozen_process() as process,
        Upload(pictures, PICTURE) as second,
        Upload(pictures, PICTURE) as third,
    ):
        wait_until(lambda: pictures.busy == 3, "two wait")
        with pytest.raises(Busy) as refused:
            pictures.develop(PICTURE)
        process.resume()
    assert refused.value.retry_after > 0
    assert all(upload.picture for upload in (first, second, third))
    assert pictures.busy == 0


def test_a_picture_that_waits_too_long_is_answered_busy() -> None:
    pictures = PictureProcesses(patience=0.01)
    with Upload(pictures, PICTURE) as first, frozen_process(), pytest.raises(Busy):
        pictures.develop(PICTURE)
    assert first.picture
    assert pictures.develop(PICTURE).width == 64


def test_a_picture_process_ends_with_its_parent() -> None:
    code = (
        "import sys; from tigertally.storage.pictures.processes import PictureProcesses\n"
        "PictureProcesses().develop(sys.stdin.buffer.read())"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert parent.stdin is not None
    parent.stdin.write(LONG)
    parent.stdin.close()
    process = the_process(parent.pid)
    # Once it has its limits, it listens for its parent's end, too.
    wait_until(lambda: process.rlimit(psutil.RLIMIT_CORE) == (0, 0), "it has begun")
    parent.kill()
    parent.wait()
    wait_until(lambda: not process.is_running(), "it is gone, too")


def test_a_picture_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_SECRET", "x" * 40)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y" * 40)
    with Upload(PictureProcesses(), PICTURE), frozen_process() as process:
        seen = process.environ()
    assert not {name for name in seen if "SECRET" in name or name.startswith("TALLY")}


@pytest.mark.parametrize(
    ("limits", "work", "ended"),
    [
        ("", "bytearray(1 << 30)", "MemoryError"),
        ("cpu_seconds=1", "while True: pass", -signal.SIGXCPU),
    ],
)
def test_a_picture_process_has_limited_memory_and_time(
    limits: str, work: str, ended: str | int
) -> None:
    code = (
        "from tigertally.storage.pictures.worker import limit_this_process\n"
        f"limit_this_process({limits})\n{work}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if isinstance(ended, str):
        assert ended in done.stderr
    else:
        assert done.returncode == ended


def in_a_fork(act: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if act() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_forked_child_starts_with_free_slots() -> None:
    pictures = PictureProcesses(waiting_max=0)
    with Upload(pictures, PICTURE), frozen_process():

        def develop_in_the_child() -> bool:
            pictures.after_fork()
            return pictures.develop(PICTURE).width == 64

        assert in_a_fork(develop_in_the_child) == 0
