"""What PostgreSQL and MySQL have in common: connections that prove which server answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from tigertally.errors import SetupError
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.dialects.base import RING_LENGTH, connect_patience, ping_patience
from tigertally.storage.sql.dialects.discreet import DISCREET, hide_details
from tigertally.storage.sql.dialects.proof import ReadOnlyServer, believed
from tigertally.storage.sql.tables import meta

CONNECT_TRIES: Final = 3
"""How often to connect to a host name that led to a read-only server. The next connection may lead
to another server."""


class ServerDialect:
    """A database server. Its host name may lead to the wrong one, such as a standby."""

    networked = True
    oldest: Mapping[str, tuple[int, ...]]
    """The oldest version that has all we use, by name of the server."""

    def require_version(self, engine: Engine) -> None:
        """Raise SetupError if the server is too old."""
        found = engine.dialect.server_version_info or ()
        is_mariadb = getattr(engine.dialect, "is_mariadb", False)
        name = "MariaDB" if is_mariadb else next(iter(self.oldest))
        if tuple(part for part in found if isinstance(part, int)) < self.oldest[name]:
            old, new = (".".join(map(str, version)) for version in (found, self.oldest[name]))
            raise SetupError(
                f"the database server is too old: {name} {old}", remedy=f"use {new} or newer"
            )

    def append_to_ring(
        self, ring: ColumnElement[str], entry: ColumnElement[str]
    ) -> ColumnElement[str]:
        """Return the rightmost entries."""
        return func.right(func.concat(ring, entry), RING_LENGTH)

    def earlier_of(
        self, one: ColumnElement[datetime], other: ColumnElement[datetime]
    ) -> ColumnElement[datetime]:
        """Return the smaller."""
        return func.least(one, other, type_=Instant)

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows."""
        return query.with_for_update()

    def for_update_of_free(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows that are not locked."""
        return query.with_for_update(skip_locked=True)

    def try_writing(self, connection: Connection) -> None:
        """Lock a row and roll back. A rolled-back insert would leave a dead row."""
        with connection.begin() as transaction:
            query = select(meta.c.value).where(meta.c.name == "database_id")
            connection.execute(self.for_update_of_free(query))
            # Rolled back, because a commit would wait for the disk.
            transaction.rollback()

    def _open(self, url: URL, *, connect_args: dict[str, Any], patience: int) -> Engine:
        engine = create_engine(
            url,
            # Each statement sees committed rows. Rows that must stay consistent are locked.
            isolation_level="READ COMMITTED",
            **DISCREET,
            pool_timeout=patience,
            pool_size=8,
            max_overflow=8,
            connect_args=connect_args,
        )

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: object, _record: object, args: Any, options: Any) -> Any:
            return self._connect_proved(args, options, patience)

        @event.listens_for(engine, "connect")
        def connected(_connection: object, record: Any) -> None:
            record.info["proved"] = True

        @event.listens_for(engine, "checkout")
        def checked_out(connection: Any, record: Any, _proxy: object) -> None:
            if not record.info.pop("proved", False):
                self._prove_again(connection)
            # A little longer than the server's own limit, so that the server reports first.
            self._limit(connection, patience * 1.2)

        @event.listens_for(engine, "checkin")
        def checked_in(connection: Any, _record: object) -> None:
            # The next use is the check that it still works.
            if connection is not None:
                self._limit(connection, ping_patience(patience))

        @event.listens_for(engine, "handle_error")
        def failed(context: ExceptionContext) -> None:
            hide_details(context)
            # Connections to this server are useless now. The next one resolves the name again.
            if self._refuses_writes(context.original_exception):
                context.is_disconnect = True

        return engine

    def _connect_proved(self, args: Any, options: Any, patience: int) -> Any:
        """Return a new connection to a server that accepts writes. Raises ReadOnlyServer."""
        for _ in range(CONNECT_TRIES):
            connection = self._connect(args, options, patience)
            self._limit(connection, connect_patience(patience))
            try:
                believed(self._standing(connection))
            except ReadOnlyServer:
                self._part(connection)
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise ReadOnlyServer

    def _prove_again(self, connection: Any) -> None:
        """Check an idle connection. Raises InvalidatePoolError, and the pool reconnects."""
        try:
            believed(self._standing(connection))
        except ReadOnlyServer as error:
            self._part(connection)
            raise InvalidatePoolError(str(error)) from None
        except Exception as error:
            raise InvalidatePoolError(f"a connection was lost: {type(error).__name__}") from error

    def _connect(self, args: Any, options: Any, patience: int) -> Any:
        """Return a new connection of the driver."""
        raise NotImplementedError

    def _standing(self, connection: Any) -> str:
        """Return what :func:`believed` reads."""
        raise NotImplementedError

    def _part(self, connection: Any) -> None:
        """Close a connection to a read-only server. Never raises."""
        raise NotImplementedError

    def _limit(self, connection: Any, seconds: float) -> None:
        """Set the time-out of the connection's round trips."""
        raise NotImplementedError

    def _refuses_writes(self, error: BaseException) -> bool:
        """Return whether the error says that the server is read-only."""
        raise NotImplementedError
