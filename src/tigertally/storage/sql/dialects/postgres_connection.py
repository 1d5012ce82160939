"""PostgreSQL connections that give up on a server that does not answer.

Needs the extra ``tigertally[postgresql]``; imported only where a PostgreSQL database is used.
"""

from typing import Any, Final, TypeVar

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

from tigertally.storage.sql.dialects.base import CONNECT_PATIENCE

RV = TypeVar("RV")

_INTERVAL: Final = 0.1  # seconds between two looks at whether we were interrupted


class TimedConnection(psycopg.Connection[Any]):
    """Gives up on a server that is paused or cut off.

    ``statement_timeout`` is the server's own, and a server that is stopped never looks at its
    clock; the socket stays open, so TCP notices nothing either.
    """

    patience: float = CONNECT_PATIENCE
    """Seconds that one exchange may take; at first, those that make the connection ready."""

    limits: tuple[bytes, ...] = ()
    """Statements that set the server's own limits; sent together with each BEGIN."""

    def _start_query(self) -> PQGen[None]:
        # The driver sends BEGIN alone, and leaves no place to say more without another exchange.
        if self._autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        if self._pipeline is not None:
            yield from super()._start_query()
            for limit in self.limits:
                yield from self._exec_command(limit)
            return
        self._check_connection_ok()
        self.pgconn.send_query(b"; ".join((self._get_tx_start_command(), *self.limits)))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:
        """Drive one exchange with the server, until it is done or the patience is at its end."""
        limit = self.patience if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except _WaitTimeout:
            # What comes later would be taken for the answer to something else.
            self.pgconn.finish()
            raise psycopg.OperationalError("the server did not answer in time") from None
