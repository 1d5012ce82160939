"""Which server answers, and whether its data is current.

A host name may lead to a standby, a replica or a read-only server. It answers, but its data may be
old. So each statement that must be current also asks for :data:`STANDING`, and :func:`believed`
refuses the answer of a server that accepts no writes.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles

from tigertally.errors import StoreUnavailable

# First the server and its start: another server, or a restarted one, may lack what the last one
# had. Then the switches that must be off.
POSTGRES_STANDING: Final = (
    "concat_ws('|', extract(epoch FROM pg_postmaster_start_time()), "
    "pg_is_in_recovery(), current_setting('transaction_read_only'))"
)
# Only MySQL reads what is in /*! … */, and only MariaDB what is in /*M! … */.
MYSQL_STANDING: Final = (
    "CONCAT_WS('|', CONCAT_WS('/', @@hostname, @@port, @@server_id /*!80003 , @@server_uuid */), "
    "@@global.read_only, @@global.innodb_read_only "
    "/*!80003 , @@global.super_read_only, @@transaction_read_only */ "
    "/*M!100000 , @@tx_read_only */)"
)
_SQLITE_STANDING: Final = "'file'"

_OFF: Final = frozenset({"0", "off", "f", "false"})


class ReadOnlyServer(StoreUnavailable):
    """The server that answered accepts no writes, so its data may be out of date."""

    def __init__(self) -> None:
        super().__init__(
            "the database server takes no writes: it is a standby or replica, or was set read-only",
            remedy="let the database URL lead to the primary, or end the server's read-only mode",
        )


class _Standing(ColumnElement[str]):
    """The server's identity and switches, read in the same statement as the rows."""

    inherit_cache: bool | None = True
    type: String = String()


STANDING: Final = _Standing()


@compiles(_Standing, "postgresql")
def _postgres(_element: object, _compiler: Any, **_: Any) -> str:
    return POSTGRES_STANDING


@compiles(_Standing, "mysql", "mariadb")
def _mysql(_element: object, _compiler: Any, **_: Any) -> str:
    return MYSQL_STANDING


@compiles(_Standing, "sqlite")
def _sqlite(_element: object, _compiler: Any, **_: Any) -> str:
    return _SQLITE_STANDING


def believed(standing: str) -> str:
    """Return an id of the server and its start. Raises ReadOnlyServer if it accepts no writes."""
    life, *switches = standing.split("|")
    if not _OFF.issuperset(switch.lower() for switch in switches):
        raise ReadOnlyServer
    return life
