"""The process in which one picture is decoded: ``python -m tigertally.storage.pictures.worker``.

It gets two descriptors, one with the upload and one for the answer, and limits itself before it
reads. It knows no secret, opens no connection and no file, and ends after one picture. Memory that
a decoder took, or an attacker who exploited one, is gone with it.
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
    """Limit the memory and time of this process. Beyond the limits it fails, or ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_MAX, ANSWER_MAX))
    # No user's picture in a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # When the machine is out of memory, this process shall end, not the service.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def end_with(lifeline: int) -> None:
    """End this process as soon as the other end of a pipe is closed."""

    def watch() -> None:
        poll = select.poll()
        poll.register(lifeline, 0)  # a hang-up is always reported
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
