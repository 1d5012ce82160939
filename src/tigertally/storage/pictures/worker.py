"""The process in which one picture is decoded: ``python -m tigertally.storage.pictures.worker``.

It is handed two descriptors, one with the upload and one for the answer, and limits itself before
it looks at either. It knows no secret, opens no connection and no file, and ends with its one
picture: what a decoder took, or what somebody made of a fault in one, is gone with it.
"""

import os
import resource
import select
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from tigertally.core.files import Picture
from tigertally.errors import InvalidRequest, UnsupportedMediaType
from tigertally.storage.pictures.develop import develop
from tigertally.storage.pictures.wire import ANSWER_MAX, Refusal, pack

MEMORY_MAX: Final = 1024 * 1024 * 1024
"""Bytes of address space. A progressive JPEG of fifty million pixels takes 700 MB."""

CPU_SECONDS: Final = 20
"""Seconds of processor time, many times what the largest picture takes."""


def limit_this_process(*, memory: int = MEMORY_MAX, cpu_seconds: int = CPU_SECONDS) -> None:
    """Bound what this process may take; what goes beyond fails, or ends it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_MAX, ANSWER_MAX))
    # No picture of anybody's in a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where the machine has no memory left, this process is the one to end, and not the service.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def end_with(lifeline: int) -> None:
    """End this process as soon as nobody holds the other end of a pipe any more."""

    def watch() -> None:
        poll = select.poll()
        poll.register(lifeline, 0)  # hanging up is told of unasked
        poll.poll()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Develop the one picture."""
    upload_at, answer_at = (int(argument) for argument in sys.argv[1:])
    end_with(sys.stdin.fileno())
    limit_this_process()
    with os.fdopen(upload_at, "rb") as file:
        upload = file.read()
    answer: Picture | Refusal
    try:
        answer = develop(upload)
    except (InvalidRequest, UnsupportedMediaType) as error:
        answer = error
    except MemoryError:
        answer = InvalidRequest.at("file", "picture_too_costly")
    with os.fdopen(answer_at, "wb") as file:
        file.writelines(pack(answer))


if __name__ == "__main__":
    main()
