"""Locks on files, by which the processes of a machine agree. Windows has none of these."""

from typing import Final

try:
    import fcntl
except ImportError:
    _found = False
else:
    _found = True

HAS_LOCKS: Final = _found
"""Whether this machine has them. Without them nothing below may be called."""


def lock(descriptor: int) -> None:
    """Lock a file, after whoever holds the lock. It ends with the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_lock(descriptor: int) -> bool:
    """Lock a file, unless somebody holds the lock; tell whether it was locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(descriptor: int) -> None:
    """Unlock a file before its descriptor is closed."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
