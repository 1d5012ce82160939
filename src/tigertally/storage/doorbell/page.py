"""The shared-memory change counter (doorbell page) by which processes learn of revocations.

A small file beside the database, mapped into the memory of all workers. A writer that holds the
database's write lock takes a ticket (``begun``), commits, and then marks that ticket ``done``. A
reader compares ``begun`` on each request and reads newer rows only if it changed. It counts the
change as read only once ``done`` has reached ``begun``. A writer that is killed in between leaves
``begun`` ahead of ``done``. Readers stay correct, and read each time until the next writer repairs
it.

The database stays the truth. A page that is missing, short or of another database always counts as
changed. If the file is removed or replaced, readers use the old one until they look at the file
again. So a writer waits for that long before it answers, if its page is younger.

A file that was truncated has no memory behind its mapping, and the system kills (SIGBUS) a process
that reads it. Writers check the size first. A reader cannot, because that costs a system call per
check. So a reader may die within RECHECK_AFTER of the truncation; its server restarts it, and the
first process that looks at the file repairs it.

This relies on the order of stores of x86, and on locks on files. On other machines there is no
page, and each check asks the database.
"""

import mmap
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tigertally.storage.doorbell.machine import digest, machine_start, moment
from tigertally.storage.locks import lock, unlock

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
    """The words that a reader loads from the page."""

    boot: int
    begun: int
    done: int


class Doorbell:
    """One mapped page. Raises OSError if the file cannot be created or mapped."""

    def __init__(self, path: Path, *, database_id: str) -> None:
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Two processes may start at once: only one of them writes the first words.
            lock(descriptor)
            found = os.fstat(descriptor)
            self._identity = _identity(found)
            # Identifies the page. A copy, a page from before the boot, or one of another database
            # is reset.
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
            # Explicitly: the mapping keeps a copy of the descriptor, and with it the lock.
            unlock(descriptor)
            os.close(descriptor)

    def _begin_anew(self) -> None:
        words = self._words
        # First and last: a reader that sees the counters go back must also see another boot id.
        self.reboot()
        words[_BEGUN_AT] = words[_DONE_AT] = words[_LEASE_AT] = 0
        words[_BORN_AT] = time.monotonic_ns()
        for position, value in self._header.items():
            words[position] = value
        self.reboot()

    def is_sound(self) -> bool:
        """Return whether this is the page that was mapped, of this database and machine."""
        words = self._words
        return words[_BOOT_AT] != 0 and all(
            words[position] == value for position, value in self._header.items()
        )

    def is_in_place(self) -> bool:
        """Return whether the path still leads to the mapped file, and the file is whole."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return _identity(found) == self._identity and found.st_size >= _SIZE

    def _is_whole(self) -> bool:
        """Return whether the mapped file still has memory behind it, wherever it is now."""
        return self._mapping.size() >= _SIZE

    def take_ticket(self) -> int:
        """Announce a change. Call it inside the write transaction, before the commit."""
        words = self._words
        # We hold the write lock, so all earlier changes are committed or rolled back by now, even
        # if their writer was killed before it could say so.
        words[_DONE_AT] = max(words[_DONE_AT], words[_BEGUN_AT])
        # At least the time, so that a page restored to an older state never counts up to a ticket
        # that a reader has already seen.
        ticket: int = max(words[_BEGUN_AT] + 1, time.time_ns())
        words[_BEGUN_AT] = ticket
        return ticket

    def mark_done(self, ticket: int) -> None:
        """Record that this ticket's change, and no other, is committed or rolled back."""
        if not self._is_whole():
            return  # Whoever repairs it resets it, and does so after our commit.
        words = self._words
        if words[_BEGUN_AT] < ticket:
            # The page was reset meanwhile, and perhaps read before our commit.
            self.reboot()
            return
        # Never `done = begun`: another writer may have begun meanwhile, and its rows would count
        # as read before they are committed.
        words[_DONE_AT] = max(words[_DONE_AT], ticket)

    def ring(self) -> None:
        """Announce a committed change, on a database without a common write lock.

        A writer that is killed between commit and ring has answered nobody. The machine's feed
        process finds its rows when it polls next.
        """
        try:
            with self._alone():
                if not self._is_whole():
                    return  # As in `mark_done`.
                rung = max(self._words[_BEGUN_AT] + 1, self._words[_DONE_AT] + 1, time.time_ns())
                self._words[_DONE_AT] = rung
                self._words[_BEGUN_AT] = rung
        except OSError:
            # The file is gone. Readers that still use it must look again.
            self.reboot()

    def renew(self, sent: int) -> None:
        """Record that everything committed before this :func:`moment` was announced."""
        self._words[_LEASE_AT] = max(self._words[_LEASE_AT], sent)

    def silence(self) -> float:
        """Return the age of the lease in seconds."""
        lease = self._words[_LEASE_AT]
        silence: int = moment() - lease
        # A lease from the future was written by another clock, so it proves nothing.
        return silence / 1e9 if silence >= 0 else float("inf")

    def age(self) -> float:
        """Return the age of the page in seconds."""
        age: int = time.monotonic_ns() - self._words[_BORN_AT]
        return age / 1e9 if age >= 0 else float("inf")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def reboot(self) -> None:
        """Make all readers read everything again. On a truncated page they do so anyway."""
        if self._is_whole():
            self._words[_BOOT_AT] = secrets.randbits(63) | 1

    def says(self, boot: int, begun: int) -> bool:
        """Return whether the page is unchanged since these words. The boot id is read last."""
        words = self._words
        same: bool = words[_BEGUN_AT] == begun and words[_BOOT_AT] == boot
        return same

    def read(self) -> Words:
        """Load the words. The boot id comes last, because it tells whether the others are valid."""
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
