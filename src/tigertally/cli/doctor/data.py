"""Checks of files and of the disk they lie on."""

import shlex
import shutil
import stat
from collections.abc import Iterator
from typing import Final

from tigertally.cli.doctor.finding import Examined, Finding
from tigertally.errors import StoreUnavailable
from tigertally.server.data_dir import holds_data, prepare_data_dir
from tigertally.settings import Settings

DISK_MIN: Final = 512 * 1024 * 1024  # bytes


def disk(settings: Settings) -> Iterator[Finding]:
    """Check whether the data directory can be used, and has free space."""
    folder = settings.data_dir.absolute()
    # Another check reports a missing one. It must not be created here.
    found = next(path for path in (folder, *folder.parents) if path.is_dir())
    if found == folder:
        prepare_data_dir(settings)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o007 and holds_data(folder):
            # It has other content too, or we may not change it.
            yield Finding(
                f"everybody on this machine may look into {folder} (mode {mode:o})",
                f"run: chmod 700 {shlex.quote(str(folder))}, or give the data a folder of its own",
            )
    free = shutil.disk_usage(found).free
    remedy = "make room: sign-ins are refused when the disk is full" if free < DISK_MIN else None
    yield Finding(f"free disk space: {free // 1024 // 1024} MiB", remedy)


def files(examined: Examined) -> Iterator[Finding]:
    """Check whether people's pictures can be read."""
    context = examined.composition.context
    try:
        next(context.blobs.written_before(context.clock.now()), None)
    except StoreUnavailable as error:
        yield Finding(
            f"files cannot be read: {error}",
            "see that TALLY_FILES_URL names a bucket that is there, and its credentials are set",
        )
        return
    if examined.settings.files_url is None and examined.composition.store.dialect.networked:
        yield Finding("files lie in a folder: where several machines serve, they must share it")
    else:
        yield Finding("files: in place")
