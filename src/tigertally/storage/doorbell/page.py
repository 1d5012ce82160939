"""The doorbell page: how every process of one machine knows, without asking, that something ended.

A small file mapped into the memory of all workers, beside the database. A writer that holds the
database's write lock takes a ticket (``begun``), commits, and then marks that ticket ``done``. A
reader looks at ``begun`` on each request; only where it changed are the newer rows read, and the
bell counts as answered only once everything begun is also done. A writer that is killed in between
leaves ``begun`` ahead of ``done``: readers stay right, and read each time until the next writer
repairs it.

The database stays the truth: a page that is missing, short or of another database rings always.
Where the file was removed or exchanged, readers go on listening to the old one until they look at
the file again; so whoever rings a page that is younger than that waits before it answers.

A page that was cut to nothing has no memory behind it, and the system ends (SIGBUS) whoever looks
at it. Writers ask for its size first. A reader cannot: the question is a system call, which a check
must not cost. So a reader may die within RECHECK_AFTER of the cut, and its server starts it again;
the first process that looks at the file makes it whole.

The order of stores that this relies on is x86's; on other machines there is no page, and each
check asks the database.
"""

import fcntl
import mmap
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tigertally.storage.doorbell.machine import digest, machine_start, moment

_MAGIC: Final = 0x796C6C61547267  # a page of ours
_VERSION: Final = 2
_SIZE: Final = 4096
(
    _MAGIC_AT,
    _VERSION_AT,
    _DATABASE_AT,
    _MACHINE_AT,
    _FILE_AT,
    _BORN_AT,
    _BOOT_AT,
    _BEGUN_AT,
    _DONE_AT,
    _LEASE_AT,
) = range(10)


class Words(NamedTuple):
    """What a reader loads of the page."""

    boot: int
    begun: int
    done: int


class Doorbell:
    """One page, mapped. Raises OSError where the file cannot be made or mapped."""

    def __init__(self, path: Path, *, database_id: str) -> None:
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Two processes may start at once: only one of them writes the first words.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            found = os.fstat(descriptor)
            self._identity = _identity(found)
            # What makes a page this one: a copy, one from before the machine started, or one of
            # another database is begun anew.
            self._header = {
                _MAGIC_AT: _MAGIC,
                _VERSION_AT: _VERSION,
                _DATABASE_AT: digest(database_id),
                _MACHINE_AT: machine_start(),
                _FILE_AT: found.st_ino,
            }
            if short := max(0, _SIZE - found.st_size):
                os.pwrite(descriptor, bytes(short), found.st_size)
            if short or found.st_blocks * 512 < _SIZE:
                # Neither a write that was cut short nor a hole may stay: on a full disk, a page
                # without a block behind it ends the process that touches it.
                _allocate(descriptor)
            self._mapping = mmap.mmap(descriptor, _SIZE)
            self._words = memoryview(self._mapping).cast("Q")
            if short or not self.is_sound():
                self._begin_anew()
        finally:
            # Said aloud: the mapping holds a copy of the descriptor, and with it the lock.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _begin_anew(self) -> None:
        words = self._words
        # First and last: whoever sees the counters go back must also see another boot id.
        self.reboot()
        words[_BEGUN_AT] = words[_DONE_AT] = words[_LEASE_AT] = 0
        words[_BORN_AT] = time.monotonic_ns()
        for position, value in self._header.items():
            words[position] = value
        self.reboot()

    def is_sound(self) -> bool:
        """Tell whether the page is the one that was mapped, of this database and this machine."""
        words = self._words
        return words[_BOOT_AT] != 0 and all(
            words[position] == value for position, value in self._header.items()
        )

    def is_in_place(self) -> bool:
        """Tell whether the file of that name is still the one that is mapped, and whole."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return _identity(found) == self._identity and found.st_size >= _SIZE

    def _is_whole(self) -> bool:
        """Tell whether the mapped file, wherever it is now, still has memory behind it."""
        return self._mapping.size() >= _SIZE

    def take_ticket(self) -> int:
        """Announce a change. Call it inside the write transaction, before the commit."""
        words = self._words
        # We hold the write lock: whatever was begun before is committed or undone by now, also
        # where its writer was killed before it could say so.
        words[_DONE_AT] = max(words[_DONE_AT], words[_BEGUN_AT])
        # The time, so that a page that was taken back to an older state can never count up to a
        # ticket that some reader has answered already.
        ticket: int = max(words[_BEGUN_AT] + 1, time.time_ns())
        words[_BEGUN_AT] = ticket
        return ticket

    def mark_done(self, ticket: int) -> None:
        """Say that the change of this ticket, and no other, is committed or undone."""
        if not self._is_whole():
            return  # Whoever makes it whole begins it anew, and so after our commit.
        words = self._words
        if words[_BEGUN_AT] < ticket:
            # The page was begun anew meanwhile, and perhaps read before our commit.
            self.reboot()
            return
        # Never `done = begun`: another writer may have begun meanwhile, and its rows would be
        # taken for read before they are committed.
        words[_DONE_AT] = max(words[_DONE_AT], ticket)

    def ring(self) -> None:
        """Announce a change that is committed already, on a database without a common write lock.

        A writer that is killed between commit and ring has answered nobody, and the feed process
        of the machine finds what it wrote at its next look.
        """
        try:
            with self._alone():
                if not self._is_whole():
                    return  # As in `mark_done`.
                rung = max(self._words[_BEGUN_AT] + 1, self._words[_DONE_AT] + 1, time.time_ns())
                self._words[_DONE_AT] = rung
                self._words[_BEGUN_AT] = rung
        except OSError:
            # The file is gone; whoever still listens to it must look again.
            self.reboot()

    def renew(self, sent: int) -> None:
        """Vouch that everything committed before this :func:`moment` was rung for."""
        self._words[_LEASE_AT] = max(self._words[_LEASE_AT], sent)

    def silence(self) -> float:
        """Return how old the newest evidence is, in seconds."""
        lease = self._words[_LEASE_AT]
        silence: int = moment() - lease
        # From the future: counted by another clock than ours, hence worth nothing.
        return silence / 1e9 if silence >= 0 else float("inf")

    def age(self) -> float:
        """Return how many seconds ago the page was begun."""
        age: int = time.monotonic_ns() - self._words[_BORN_AT]
        return age / 1e9 if age >= 0 else float("inf")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def reboot(self) -> None:
        """Make all readers read everything anew; on a page that was cut they do so anyway."""
        if self._is_whole():
            self._words[_BOOT_AT] = secrets.randbits(63) | 1

    def says(self, boot: int, begun: int) -> bool:
        """Tell whether the page still says what was read before; the boot id last, as there."""
        words = self._words
        same: bool = words[_BEGUN_AT] == begun and words[_BOOT_AT] == boot
        return same

    def read(self) -> Words:
        """Load the words; the boot id last, because it says whether the others still count."""
        words = self._words
        begun = words[_BEGUN_AT]
        done = words[_DONE_AT]
        return Words(words[_BOOT_AT], begun, done)


def _allocate(descriptor: int) -> None:
    """Give a file the blocks of a whole page. Raises OSError where the disk is full."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, _SIZE)


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino
