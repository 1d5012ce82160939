"""Connections to mail servers, with one deadline for all that happens on them.

The time-outs of sockets restart with each read: a server that drips a byte a second, or never
ends its greeting, would keep a thread forever.
"""

import os
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

_ADDRESS_LIMIT: Final = 10.0
"""Seconds for one address of a host. Then there is time left for the next one."""


class Deadline:
    """Cuts a connection some seconds after now, if it is still in use then."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError where none are."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection when the time is over."""
        # A second descriptor of the same connection: STARTTLS takes the first one away.
        self._line = socket.socket(fileno=os.dup(connection.fileno()))
        self._timer = threading.Timer(max(0, self._until - time.monotonic()), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        # Closing would not wake the reader. This does: the read ends as if the server had hung up.
        with suppress(OSError):
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            # Or it might cut what gets the number of this descriptor next.
            if self._timer.ident is not None:
                self._timer.join()
        if self._line is not None:
            self._line.close()


class _Timed(smtplib.SMTP):
    """Connects under a deadline."""

    deadline: Deadline

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # The same hook that `smtplib.SMTP_SSL` takes hold of.
        del timeout
        connection = _connected(host, port, self.deadline)
        self.deadline.watch(connection)
        return connection


class TimedSmtp(_Timed):
    """A session that its deadline ends, from the first byte on."""

    def __init__(self, host: str, port: int, deadline: Deadline) -> None:
        self.deadline = deadline
        super().__init__(host, port)


class TimedSmtpOverTls(smtplib.SMTP_SSL, _Timed):
    """The same with TLS from the first byte."""

    def __init__(self, host: str, port: int, deadline: Deadline, context: ssl.SSLContext) -> None:
        self.deadline = deadline
        super().__init__(host, port, context=context)


def _connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a connection to the first address of a host that answers. Raises OSError."""
    failure = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        left = deadline.left()
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(min(left, _ADDRESS_LIMIT))
            connection.connect(address)
            connection.settimeout(left)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure
