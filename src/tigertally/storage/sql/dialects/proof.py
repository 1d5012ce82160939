"""Which server speaks, and whether it is one whose word counts.

A name may lead to a standby, a replica or a server that was set read-only: it answers, and what it
says may be old. So whatever is evidence is asked together with :data:`STANDING`, in one statement,
and :func:`believed` refuses what a server says that takes no writes.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles

from tigertally.errors import StoreUnavailable

# First the life of the server: another server, or a new life of this one, may have lost what the
# last one told. Then everything that must be off.
POSTGRES_STANDING: Final = (
    "concat_ws('|', extract(epoch FROM pg_postmaster_start_time()), "
    "pg_is_in_recovery(), current_setting('transaction_read_only'))"
)
# What stands in /*! … */ only MySQL reads, what stands in /*M! … */ only MariaDB.
MYSQL_STANDING: Final = (
    "CONCAT_WS('|', CONCAT_WS('/', @@hostname, @@port, @@server_id /*!80003 , @@server_uuid */), "
    "@@global.read_only, @@global.innodb_read_only "
    "/*!80003 , @@global.super_read_only, @@transaction_read_only */ "
    "/*M!100000 , @@tx_read_only */)"
)
_SQLITE_STANDING: Final = "'file'"

_OFF: Final = frozenset({"0", "off", "f", "false"})


class ReadOnlyServer(StoreUnavailable):
    """The server that answered takes no writes, so what it says may be out of date."""

    def __init__(self) -> None:
        super().__init__(
            "the database server takes no writes: it is a standby or replica, or was set read-only",
            remedy="let the database URL lead to the primary, or take the server out of read-only "
            "mode",
        )


class _Standing(ColumnElement[str]):
    """Which server speaks and what is switched off there; evaluated with the rows beside it."""

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
    """Return which life of which server spoke. Raises ReadOnlyServer where its word is no proof."""
    life, *switches = standing.split("|")
    if not _OFF.issuperset(switch.lower() for switch in switches):
        raise ReadOnlyServer
    return life
