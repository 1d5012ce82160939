"""Circuit breaker: while the database does not answer, only one caller at a time tries it.

A server that is paused or cut off makes every caller wait. If each request tried it, all threads of
a process would soon be waiting, and nothing would be left for requests that need no database.
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
    """Remembers whether the database answered last time. Safe to use from any thread."""

    def __init__(self) -> None:
        self.is_out: bool = False
        self._trying = threading.Lock()

    def connect(self, connect: Callable[[], T]) -> T:
        """Return the result of ``connect``. Raises StoreUnavailable at once while another tries."""
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
        """Note a connection that is lost during use. Other errors are no outage."""
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
