"""The place for the figures of a service's processes: in memory, safe from a full disk."""

import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import Final

from tigertally.storage.noticeboard import Noticeboard

FIGURES_DIR: Final = "TIGERTALLY_FIGURES_DIR"
"""Handed from `tigertally serve` to its workers. Who embeds into a server of several processes may
set it as well, to a folder of that server alone."""

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - only a folder there that is ours and closed to others


def share_figures(data_dir: Path, port: int) -> None:
    """Let the next workers share their figures. Delete those of the last run."""
    folder = figures_folder(data_dir, port)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ[FIGURES_DIR] = str(folder)


def figures_folder(data_dir: Path, port: int) -> Path:
    """Return the folder of the service on this port: in memory, otherwise in the data directory."""
    return _in_memory(data_dir, port) or data_dir / "metrics" / str(port)


def open_board() -> Noticeboard | None:
    """Return the shared board, or ``None`` if each process reports its own figures."""
    folder = os.environ.get(FIGURES_DIR)
    return Noticeboard(Path(folder)) if folder else None


def _in_memory(data_dir: Path, port: int) -> Path | None:
    """Return a folder in memory for this user alone, or ``None`` if that is impossible."""
    # Named by port, too: another instance may share the data directory, and its figures must stay.
    name = hashlib.sha256(f"{data_dir}\0{port}".encode()).hexdigest()[:16]
    folder = MEMORY / f"tigertally-{os.getuid()}-{name}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    # Every user may create files there: a folder that another user made is not used.
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return folder if is_ours and not stat.S_IMODE(found.st_mode) & 0o077 else None
