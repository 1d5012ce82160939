"""The doorbell page: how every process of one machine knows, without asking, that something ended.

A small file mapped into the memory of all workers, beside the database. A writer that holds the
database's write lock takes a ticket (``begun``), commits, and then marks that ticket ``done``. A
reader looks at ``begun`` on each request; only where it changed are the newer rows read, and the
bell counts as answered only once everything begun is also done. A writer that is killed in between
leaves ``begun`` ahead of ``done``: readers stay right, and read each time until the next writer
repairs it.

The database stays the truth: a page that is missing, short or of another database rings always.
The order of stores that this relies on is x86's; on other machines there is no page, and each
check asks the database.
"""

import fcntl
import hashlib
import mmap
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MAGIC: Final = 0x796C6C61547267  # a page of ours
_VERSION: Final = 1
_SIZE: Final = 4096
_MAGIC_AT, _VERSION_AT, _DATABASE_AT, _BOOT_AT, _BEGUN_AT, _DONE_AT, _LEASE_AT = range(7)

# Counts the time that a machine sleeps, too: what was heard before is old afterwards.
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_MACHINE_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

ORDERED_STORES: Final = platform.machine().lower() in {"x86_64", "amd64"}
"""Whether this machine keeps the order of stores that the page needs."""


class Doorbell:
    """One page, mapped. Raises OSError where the file cannot be made or mapped."""

    def __init__(self, path: Path, *, database_id: str) -> None:
        self.path = path
        # A page outlives the machine's boot on its disk, and the lease in it was counted by a clock
        # that began anew since: it would look fresh until the new clock has come as far.
        life = f"{database_id} {_machine_boot()}"
        self._database = int.from_bytes(hashlib.sha256(life.encode()).digest()[:8], "little")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Two processes may start at once: only one of them writes the first words.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
            self._identity = _identity(os.fstat(descriptor))
            self._words = memoryview(mmap.mmap(descriptor, _SIZE)).cast("Q")
            if not self.is_sound():
                self._write_header()
        finally:
            # Said aloud: the mapping holds a copy of the descriptor, and with it the lock.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _write_header(self) -> None:
        self._words[_BEGUN_AT] = self._words[_DONE_AT] = self._words[_LEASE_AT] = 0
        self._words[_VERSION_AT] = _VERSION
        self._words[_DATABASE_AT] = self._database
        self._words[_MAGIC_AT] = _MAGIC
        # Last: whoever sees the new boot id reads everything anew.
        self._words[_BOOT_AT] = secrets.randbits(63) | 1

    def is_sound(self) -> bool:
        """Tell whether the page is one of ours, for this database and this boot of the machine."""
        words = self._words
        return (
            words[_MAGIC_AT] == _MAGIC
            and words[_VERSION_AT] == _VERSION
            and words[_DATABASE_AT] == self._database
        )

    def is_in_place(self) -> bool:
        """Tell whether the file of that name is still the one that is mapped."""
        try:
            return _identity(self.path.stat()) == self._identity
        except OSError:
            return False

    def take_ticket(self) -> int:
        """Announce a change. Call it inside the write transaction, before the commit."""
        words = self._words
        # We hold the write lock: whatever was begun before is committed or undone by now, also
        # where its writer was killed before it could say so.
        words[_DONE_AT] = max(words[_DONE_AT], words[_BEGUN_AT])
        ticket: int = words[_BEGUN_AT] + 1
        words[_BEGUN_AT] = ticket
        return ticket

    def mark_done(self, ticket: int) -> None:
        """Say that the change of this ticket, and no other, is committed or undone."""
        words = self._words
        # Never `done = begun`: another writer may have begun meanwhile, and its rows would be
        # taken for read before they are committed.
        words[_DONE_AT] = max(words[_DONE_AT], ticket)

    def ring(self) -> None:
        """Announce a change that is committed already, on a database without a common write lock.

        A writer that is killed between commit and ring has answered nobody, and the feed process
        of the machine finds what it wrote at its next look.
        """
        with self._alone():
            rung = max(self._words[_BEGUN_AT], self._words[_DONE_AT]) + 1
            self._words[_DONE_AT] = rung
            self._words[_BEGUN_AT] = rung

    def renew(self, sent: int) -> None:
        """Vouch that everything committed before this :func:`moment` was rung for."""
        self._words[_LEASE_AT] = max(self._words[_LEASE_AT], sent)

    def silence(self) -> float:
        """Return how old the newest evidence is, in seconds."""
        lease = self._words[_LEASE_AT]
        silence: int = moment() - lease
        # From the future: counted by another clock than ours, hence worth nothing.
        return silence / 1e9 if silence >= 0 else float("inf")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def reboot(self) -> None:
        """Make all readers read everything anew."""
        self._words[_BOOT_AT] = secrets.randbits(63) | 1

    def read(self) -> tuple[int, int, int]:
        """Return boot id, ``begun`` and ``done``, loaded in this order."""
        words = self._words
        return words[_BOOT_AT], words[_BEGUN_AT], words[_DONE_AT]


class DoorbellReader:
    """What one process remembers of the bell. ``rang`` is safe to call from any thread."""

    _RECHECK_AFTER: Final = 0.1  # seconds until the file itself is looked at again

    def __init__(self, path: Path, *, database_id: str) -> None:
        self._path = path
        self._database_id = database_id
        self._bell: Doorbell | None = None
        self._answered = (0, 0)
        self._recheck_at = 0.0
        self._mapping = threading.Lock()

    def after_fork(self) -> None:
        """Work in a child process, whatever another thread of the parent was doing."""
        self._mapping = threading.Lock()

    @property
    def bell(self) -> Doorbell | None:
        """The page, or none where there is none to rely on."""
        self._recheck()
        return self._bell

    def rang(self, max_silence: float | None = None) -> bool:
        """Tell whether anything may have changed since :meth:`answer`. Costs no system call.

        With ``max_silence`` (seconds), evidence older than that counts as a change.
        """
        if time.monotonic() >= self._recheck_at:
            self._recheck()
        bell = self._bell
        if bell is None:
            return True
        # The lease first: who renews it has rung before. Looked at last, a ring and a renewal that
        # fall between the two looks would make words that are long out of date seem fresh.
        stale = max_silence is not None and bell.silence() > max_silence
        boot, begun, _ = bell.read()
        return stale or (boot, begun) != self._answered

    def listen(self) -> tuple[int, int, int] | None:
        """Load the words before the rows are read; none without a page."""
        bell = self.bell
        return bell.read() if bell is not None and bell.is_sound() else None

    def restarted(self, words: tuple[int, int, int] | None) -> bool:
        """Tell whether these words are of another life of the page than the one answered last."""
        return words is not None and self._answered[0] not in {0, words[0]}

    def answer(self, words: tuple[int, int, int] | None) -> None:
        """Remember, after the rows were read, that these words were answered."""
        if words is not None and words[2] >= words[1]:
            self._answered = words[:2]

    def _recheck(self) -> None:
        if not ORDERED_STORES:
            self._recheck_at = float("inf")
            return
        with self._mapping:
            bell = self._bell
            # A file that was removed or exchanged would leave us listening to a bell that nobody
            # rings any more.
            if bell is None or not bell.is_in_place() or not bell.is_sound():
                try:
                    self._bell = Doorbell(self._path, database_id=self._database_id)
                except OSError:
                    self._bell = None
            self._recheck_at = time.monotonic() + self._RECHECK_AFTER


def moment() -> int:
    """Return the present moment of this machine in nanoseconds, by a clock that is never set."""
    return time.clock_gettime_ns(_CLOCK)


def _machine_boot() -> str:
    try:
        return _MACHINE_BOOT.read_text("ascii").strip()
    except OSError:
        return ""


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino
