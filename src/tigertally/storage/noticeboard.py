"""Shared metrics directory (board): any process can report the counters of all.

A folder of small files, written aside and renamed: nobody ever reads half of one. Nothing is mapped
into memory, so a full disk, a missing folder or a damaged file costs metrics and never a process.
A process is alive if it holds its lock; its number may belong to another process by now. The notes
of dead processes are merged into one file, so the folder does not grow.
"""

import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from tigertally.storage.locks import try_lock

NOTE_MAX: Final = 4 * 1024 * 1024
"""Maximum bytes of a note. A longer one was not written by us."""

_PATIENCE: Final = 0.5
"""Seconds to wait for another reader. A frozen one must not block the metrics for all."""

_LEFTOVER: Final = 60.0
"""Seconds after which the writer of an unfinished file counts as killed."""

_ALIVE: Final = ".alive"
_NOTE: Final = ".note"
_DEPARTED: Final = "departed"
_LOCK: Final = "lock"

logger: logging.Logger = logging.getLogger("tigertally")

Fold = Callable[[str | None, str], str]
"""Merges a dead process's note into those merged before. Raises ValueError for a damaged note."""


class Notices(NamedTuple):
    """The notes of other processes."""

    living: Sequence[str]
    departed: str | None


class Noticeboard:
    """One process's access to the board. No method raises; a failing board is logged once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._id = secrets.token_hex(8)
        self._alive: int | None = None
        self._is_failing = False

    def post(self, note: str) -> None:
        """Write this note. It replaces the process's last one."""
        with self._reporting("written"):
            if not self._is_signed_in():
                self._sign_in()
            _write(self._folder / f"{self._id}{_NOTE}", note)
            self._is_failing = False

    def gather(self, fold: Fold) -> Notices:
        """Return the notes of other processes, and merge those of dead ones.

        Notes that ``fold`` refuses are removed; live writers will write new ones.
        """
        with self._reporting("read"), self._alone() as is_alone:
            departed = self._bury(fold) if is_alone else self._departed()[0]
            return Notices(self._living(fold), departed)
        return Notices([], None)

    def after_fork(self) -> None:
        """Take a place of its own in a forked child."""
        if self._alive is not None:
            with suppress(OSError):
                os.close(self._alive)
        self._id = secrets.token_hex(8)
        self._alive = None

    def _is_signed_in(self) -> bool:
        if self._alive is None:
            return False
        held = os.fstat(self._alive)
        with suppress(OSError):
            found = (self._folder / f"{self._id}{_ALIVE}").stat()
            return (found.st_dev, found.st_ino) == (held.st_dev, held.st_ino)
        # The folder was removed, or emptied.
        os.close(self._alive)
        self._alive = None
        return False

    def _sign_in(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{self._id}{_ALIVE}"
        aside = path.with_name(f".{path.name}")
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try_lock(descriptor)
        # Locked before it becomes visible: a new process must never count as dead.
        aside.replace(path)
        self._alive = descriptor

    def _living(self, fold: Fold) -> Sequence[str]:
        living = []
        for path in sorted(self._folder.glob(f"*{_NOTE}")):
            note = _read(path) if path.stem != self._id and _is_held(path) else None
            if note is not None and _fits(fold, None, note) is None:
                path.unlink(missing_ok=True)
            elif note is not None:
                living.append(note)
        return living

    def _bury(self, fold: Fold) -> str | None:
        """Return the merged notes of the dead. A kill at any point counts nothing twice."""
        departed, buried = self._departed()
        dead = [path for path in self._folder.glob(f"*{_NOTE}") if not _is_held(path)]
        for path in dead:
            note = _read(path)
            if note is not None and path.stem not in buried:
                departed = _fits(fold, departed, note) or departed
        if dead:
            # Written first, with the names of the merged notes; only then are those removed.
            of = [path.stem for path in dead]
            with self._reporting("written"):
                _write(self._folder / _DEPARTED, json.dumps({"of": of, "note": departed}))
                for path in dead:
                    path.unlink(missing_ok=True)
                    path.with_suffix(_ALIVE).unlink(missing_ok=True)
        self._sweep()
        return departed

    def _sweep(self) -> None:
        """Remove unfinished files of processes that were killed while writing."""
        for path in self._folder.glob("*"):
            if path.suffix == _ALIVE and not path.with_suffix(_NOTE).exists():
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > _LEFTOVER and not _is_held(path):
                        path.unlink(missing_ok=True)
            elif path.name.startswith("."):
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > _LEFTOVER:
                        path.unlink(missing_ok=True)

    def _departed(self) -> tuple[str | None, Sequence[str]]:
        text = _read(self._folder / _DEPARTED)
        if text is None:
            return None, []
        try:
            found = json.loads(text)
            note, of = found["note"], [str(one) for one in found["of"]]
        except (ValueError, KeyError, TypeError):
            note, of = 0, []
        if note is not None and not isinstance(note, str):
            logger.warning(
                "the figures of processes that are gone are damaged; they start again at zero"
            )
            (self._folder / _DEPARTED).unlink(missing_ok=True)
            return None, []
        return note, of

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Lock the board for a moment. Tell whether that succeeded."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + _PATIENCE
            while not (locked := try_lock(descriptor)) and time.monotonic() < deadline:
                time.sleep(0.01)
            yield locked
        finally:
            os.close(descriptor)

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._is_failing:
                self._is_failing = True
                logger.warning(
                    "figures cannot be %s in %s (%s): /metrics tells of one process only",
                    what,
                    self._folder,
                    error.strerror,
                )


def _fits(fold: Fold, departed: str | None, note: str) -> str | None:
    """Return the result of ``fold`` for a note, or ``None`` for a damaged one."""
    try:
        return fold(departed, note)
    except ValueError:
        logger.warning("the figures that a process left are damaged, and left out")
        return None


def _is_held(path: Path) -> bool:
    """Tell whether the process of a file is alive: then it holds the lock beside it."""
    try:
        descriptor = os.open(path.with_suffix(_ALIVE), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> str | None:
    """Return the text of a file, or ``None`` if it is missing or unreadable."""
    with suppress(OSError, UnicodeDecodeError), path.open("rb") as file:
        return file.read(NOTE_MAX).decode()
    return None


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
