"""Decodes pictures in processes of their own, few at a time.

Hostile bytes can make a decoder take gigabytes, run for hours, or crash. A long-lived process
rarely gives memory back. So each upload gets a process that limits itself (``worker.py``) and ends
with the upload. Starting one takes a tenth of a second.
"""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final

from tigertally.core.files import Picture, PictureKind
from tigertally.errors import (
    Busy,
    FieldProblem,
    InvalidRequest,
    StoreUnavailable,
    UnsupportedMediaType,
)
from tigertally.storage.pictures.wire import ANSWER_MAX, unpack

WORKER: Final = "tigertally.storage.pictures.worker"

AT_ONCE: Final = 1
"""Pictures that one process of the service decodes at the same time."""

WAITING_MAX: Final = 4
"""Uploads that may wait for their turn. Each holds a thread and the uploaded bytes."""

PATIENCE: Final = 10.0
"""Seconds that an upload waits for its turn."""

WALL_SECONDS: Final = 60.0
"""Seconds after which a picture is given up, long enough for a busy machine. The processor time
bounds the work itself (``worker.py``)."""

_PASSED_ON: Final = {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"}
"""The only environment variables that such a process gets. The others may be secrets."""

# Ended by its own limit, or by the system when out of memory. Any other signal is a crash.
_TOO_COSTLY: Final = {
    -getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name)
}

CAN_LIMIT: Final = find_spec("resource") is not None
"""Whether this machine limits what a process may use. Windows does not in this way."""

logger: logging.Logger = logging.getLogger("tigertally")


class PictureProcesses:
    """Implements :class:`tigertally.core.ports.files.Pictures`."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        waiting_max: int = WAITING_MAX,
        patience: float = PATIENCE,
        wall_seconds: float = WALL_SECONDS,
    ) -> None:
        self._at_once = at_once
        self._waiting_max = waiting_max
        self._patience = patience
        self._wall_seconds = wall_seconds
        self.after_fork()

    @property
    def busy(self) -> int:
        """How many pictures are being decoded, or wait for their turn."""
        return self._busy

    def develop(self, upload: bytes) -> Picture:
        """Return the picture, encoded again."""
        kind = PictureKind.of(upload)
        if kind is None:
            raise UnsupportedMediaType({"file": [FieldProblem("picture_kind")]})
        with self._turn():
            return self._develop(upload)

    def after_fork(self) -> None:
        """Go on in a forked child: the parent's threads, which had their turn, are not here."""
        self._slots = threading.Semaphore(self._at_once)
        self._counting = threading.Lock()
        self._busy = 0

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._counting:
            if self._busy >= self._at_once + self._waiting_max:
                raise Busy("too many pictures wait to be decoded")
            self._busy += 1
        try:
            if not self._slots.acquire(timeout=self._patience):
                raise Busy("a picture waited too long for its turn")
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._counting:
                self._busy -= 1

    def _develop(self, upload: bytes) -> Picture:
        if not CAN_LIMIT:
            raise StoreUnavailable("this machine cannot limit the process that decodes a picture")
        try:
            with ExitStack() as opened:
                sent, answered = (opened.enter_context(_memory_file()) for _ in range(2))
                sent.write(upload)
                sent.seek(0)  # and written out
                ended = self._run(sent, answered)
                answered.seek(0)
                answer = answered.read(ANSWER_MAX + 1)
        except (OSError, subprocess.SubprocessError) as error:
            raise StoreUnavailable(f"no process can be started for a picture: {error}") from error
        if ended == 0:
            return _read(answer)
        if ended > 0:
            raise StoreUnavailable(f"the process for a picture ended with {ended}")
        logger.info("a picture ended its process: %s", signal.Signals(-ended).name)
        kind = "picture_too_costly" if ended in _TOO_COSTLY else "picture_broken"
        raise InvalidRequest.at("file", kind)

    def _run(self, sent: BinaryIO, answered: BinaryIO) -> int:
        """Run the process to its end. Return its exit code."""
        descriptors = [file.fileno() for file in (sent, answered)]
        process = subprocess.Popen(  # noqa: S603 - our own module
            [_python(), "-P", "-m", WORKER, *map(str, descriptors)],
            # Nothing is ever written to it: it closes when we end, for whatever reason.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=descriptors,
            env=_environment(),
        )
        try:
            return process.wait(self._wall_seconds)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _read(answer: bytes) -> Picture:
    # A hostile upload may have taken the process over: only a valid picture is accepted.
    try:
        found = unpack(answer)
    except ValueError as error:
        raise StoreUnavailable("the process for a picture answered nonsense") from error
    if isinstance(found, Picture):
        return found
    raise found


@contextmanager
def _memory_file() -> Iterator[BinaryIO]:
    """Open a file without a name, in memory if the system supports that."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            yield file
        return
    with os.fdopen(os.memfd_create("tally-picture", os.MFD_CLOEXEC), "w+b") as file:
        yield file


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    # It must find the same packages as we do, wherever they are installed.
    found = [str(Path(entry).absolute()) for entry in sys.path]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(found),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Each further arena would take address space, of which there is little.
        "MALLOC_ARENA_MAX": "1",
    }


def _python() -> str:
    """Return the interpreter. Within uWSGI or Apache, ``sys.executable`` is another program."""
    if Path(sys.executable or "").name.startswith("python"):
        return sys.executable
    return str(Path(sys.exec_prefix) / "bin" / "python3")
