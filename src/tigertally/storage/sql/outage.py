"""While the database does not answer, one caller at a time finds out whether it does again.

A server that is paused, or cut off, lets everybody wait who asks. Were each request to find that
out for itself, all threads of a process would soon be waiting, also for those requests that need no
database at all.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tigertally.errors import StoreUnavailable
from tigertally.storage.sql.dialects import ReadOnlyServer

T = TypeVar("T")


class OutageGuard:
    """Remembers whether a database answered last. Safe to use from any thread."""

    def __init__(self) -> None:
        self.is_out = False
        self._trying = threading.Lock()

    def connect(self, connect: Callable[[], T]) -> T:
        """Return what ``connect`` returns. Raises StoreUnavailable at once while another tries."""
        if not self.is_out:
            return self._noting(connect)
        if not self._trying.acquire(blocking=False):
            raise StoreUnavailable("the database does not answer")
        try:
            return self._noting(connect)
        finally:
            self._trying.release()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note where a connection is lost while it is used; other errors are no outage."""
        try:
            yield
        except DBAPIError as error:
            self.is_out = self.is_out or error.connection_invalidated
            raise

    def _noting(self, connect: Callable[[], T]) -> T:
        try:
            connected = connect()
        except (SQLAlchemyError, ReadOnlyServer):
            self.is_out = True
            raise
        self.is_out = False
        return connected
